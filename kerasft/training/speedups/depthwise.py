"""Depthwise convolutions that learn faster on CPUs: the gradient of their kernels without oneDNN.

oneDNN is quicker than TensorFlow's own kernels in all else, but takes twice as long for this gradient if a kernel is 5
pixels wide or more, as in MobileNetV3 and EfficientNet.
TensorFlow leaves an operation to its own kernel where the padding is given in numbers, and that is all that is done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import keras

from kerasft.base.environment import has_gpu
from kerasft.training.speedups import enabled

if TYPE_CHECKING:
    import tensorflow as tf

LEAST_WIDTH = 5  # pixels; narrower kernels are as quick or quicker with oneDNN

Convolution: TypeAlias = "Callable[[tf.Tensor, keras.Variable], tf.Tensor]"
Gradient: TypeAlias = "Callable[[tf.Tensor], tuple[tf.Tensor, tf.Tensor]]"


@contextmanager
def quick_gradients(model: keras.Model) -> Iterator[tuple[str, ...]]:
    """Lets the depthwise layers that train use the quicker gradient; the train step has to be traced inside.

    Outputs stay the same to the last bit. Gradients are the same sums, in another order.

    Args:
        model: With the flags of the phase.

    Yields:
        Names of the layers.
    """
    layers = [layer for layer in model._flatten_layers(include_self=False) if _gains(layer)]
    for layer in layers:
        layer.call = partial(_call, layer, _convolution(layer))
    try:
        yield tuple(layer.name for layer in layers)
    finally:
        for layer in layers:
            del layer.call  # the class's own again


def _gains(layer: keras.layers.Layer) -> bool:
    return (
        enabled()
        and keras.backend.backend() == "tensorflow"
        and type(layer) is keras.layers.DepthwiseConv2D
        and layer.trainable
        and min(layer.kernel_size) >= LEAST_WIDTH
        and layer.dilation_rate == (1, 1)
        and len(set(layer.strides)) == 1
        and layer.data_format == "channels_last"
        and layer.compute_dtype == layer.variable_dtype == "float32"
        and not has_gpu()
    )


def _call(
    layer: keras.layers.DepthwiseConv2D, convolution: Convolution, inputs: keras.KerasTensor
) -> keras.KerasTensor:
    """Does what the layer's own `call` does."""
    outputs = convolution(inputs, layer.kernel)
    if layer.use_bias:
        outputs = keras.ops.add(outputs, keras.ops.reshape(layer.bias, (1, 1, 1, -1)))
    return outputs if layer.activation is None else layer.activation(outputs)


def _convolution(layer: keras.layers.DepthwiseConv2D) -> Convolution:
    """Returns the convolution of inputs (n, height, width, channels) with a kernel, with its own gradient."""
    import tensorflow as tf

    strides, padding = [1, *layer.strides, 1], layer.padding.upper()

    @tf.custom_gradient
    def of_tensors(inputs: tf.Tensor, kernel: tf.Tensor) -> tuple[tf.Tensor, Gradient]:
        def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            common = {"out_backprop": upstream, "strides": strides}
            of_inputs = tf.raw_ops.DepthwiseConv2dNativeBackpropInput(
                input_sizes=tf.shape(inputs), filter=kernel, padding=padding, **common
            )
            of_kernel = tf.raw_ops.DepthwiseConv2dNativeBackpropFilter(
                input=inputs, filter_sizes=kernel.shape, padding="EXPLICIT",
                explicit_paddings=_in_numbers(layer, inputs.shape[1:3]), **common,
            )  # fmt: skip
            return of_inputs, of_kernel

        return tf.nn.depthwise_conv2d(inputs, kernel, strides, padding), gradient

    # not of the variable itself, which `custom_gradient` would ask for by its own rules
    return lambda inputs, kernel: of_tensors(inputs, tf.convert_to_tensor(kernel.value))


def _in_numbers(layer: keras.layers.DepthwiseConv2D, size: tuple[int, int]) -> list[int]:
    """Returns the padding of a layer's inputs before and after rows, columns, and (none) examples and channels."""
    if layer.padding == "valid":
        return [0] * 8
    sides = []
    for length, width, stride in zip(size, layer.kernel_size, layer.strides, strict=True):
        missing = max((-(-length // stride) - 1) * stride + width - length, 0)
        sides += [missing // 2, missing - missing // 2]
    return [0, 0, *sides, 0, 0]
