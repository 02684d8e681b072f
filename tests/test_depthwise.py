"""The quicker gradient of depthwise kernels is the same gradient, by TensorFlow's own kernel."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasft.training import depthwise


def one_layer(size=(9, 9), **options):
    """A model that is one depthwise layer with a kernel 5 pixels wide, unless `options` say otherwise."""
    keras.utils.set_random_seed(0)
    arguments = {"kernel_size": 5, "padding": "same", "bias_initializer": "random_normal", **options}
    layer = keras.layers.DepthwiseConv2D(name="conv", **arguments)
    return keras.Sequential([keras.Input((*size, 6)), layer])


def outputs_and_gradients(model, inputs):
    """Returns the outputs, and the gradients of a weighted sum of them: of the inputs, of the weights."""
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = model(inputs, training=True)
        weights = np.random.default_rng(1).normal(size=outputs.shape).astype("float32")
        loss = tf.reduce_sum(outputs * weights)
    found = tape.gradient(loss, [inputs, *(variable.value for variable in model.trainable_variables)])
    return outputs.numpy(), [each.numpy() for each in found]


@pytest.mark.parametrize(
    ("size", "options"),
    [
        ((9, 9), {}),
        ((9, 9), {"padding": "valid"}),
        ((9, 9), {"strides": 2}),
        ((8, 8), {"strides": 2}),  # more padding below and on the right than above and on the left
        ((7, 10), {"strides": 2, "padding": "valid"}),
        ((6, 11), {"kernel_size": (5, 7), "depth_multiplier": 2}),
        ((8, 8), {"activation": "relu6"}),
        ((8, 8), {"use_bias": False}),
    ],
    ids=str,
)
def test_outputs_are_the_same_bits_and_gradients_the_same_sums(size, options):
    model = one_layer(size, **options)
    inputs = tf.constant(np.random.default_rng(0).normal(size=(4, *size, 6)), tf.float32)
    plain, expected = outputs_and_gradients(model, inputs)
    with depthwise.quick_gradients(model) as names:
        assert names == ("conv",)
        outputs, gradients = outputs_and_gradients(model, inputs)
    np.testing.assert_array_equal(outputs, plain)
    np.testing.assert_array_equal(gradients[0], expected[0])  # of the inputs: oneDNN's, as before
    for found, wanted in zip(gradients, expected, strict=True):
        np.testing.assert_allclose(found, wanted, atol=1e-6 * np.abs(wanted).max())


def test_a_train_step_leaves_the_gradient_to_tensorflows_own_kernel():
    model = one_layer()
    inputs, targets = tf.zeros((2, 9, 9, 6)), tf.zeros((2, 9, 9, 6))

    def paddings():
        model.compile("sgd", "mse", jit_compile=False)
        model.optimizer.build(model.trainable_variables)
        traced = tf.function(model.train_step).get_concrete_function((inputs, targets)).graph
        filters = [op for op in traced.get_operations() if op.type == "DepthwiseConv2dNativeBackpropFilter"]
        return [op.get_attr("padding") for op in filters]

    assert paddings() == [b"SAME"]  # what oneDNN takes over
    with depthwise.quick_gradients(model):
        assert paddings() == [b"EXPLICIT"]
    assert paddings() == [b"SAME"]


@pytest.mark.parametrize(
    "options",
    [
        {"kernel_size": 3},
        {"kernel_size": (3, 7)},
        {"dilation_rate": 2},
        {"trainable": False},
        {"dtype": "mixed_bfloat16"},
    ],
    ids=str,
)
def test_layers_that_would_not_gain_stay_as_they_are(options):
    model = one_layer(**options)
    with depthwise.quick_gradients(model) as names:
        assert names == ()
        assert "call" not in vars(model.get_layer("conv"))


def test_a_model_is_as_it_was_afterwards_whatever_happens(tmp_path):
    model = one_layer()
    with pytest.raises(RuntimeError, match="stop"), depthwise.quick_gradients(model):
        assert "call" in vars(model.get_layer("conv"))
        raise RuntimeError("stop")
    assert "call" not in vars(model.get_layer("conv"))
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again(np.ones((1, 9, 9, 6))), model(np.ones((1, 9, 9, 6))))
