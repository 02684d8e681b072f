"""From raw RGB 0..255 to what each family was trained on, as stock Keras layers inside the model.

Keras offers this as functions that one must remember to call, differ per family, and sometimes write into
their argument. Here it is part of the graph: float32 whatever the model's precision, and made of operations
that TFLite has built in, for float32 and int8 alike.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import keras

from kerasft.inputs.images.backbones.catalog import BackboneEntry

# Mean and standard deviation of ImageNet's RGB channels in 0..1, and the BGR mean in 0..255 that Caffe models
# subtract: the constants of keras.applications.imagenet_utils.
_MEAN = (0.485, 0.456, 0.406)
_DEVIATION = (0.229, 0.224, 0.225)
_CAFFE_MEAN_BGR = (103.939, 116.779, 123.68)

Preprocess = Callable[[keras.KerasTensor], keras.KerasTensor]


def preprocessing_of(entry: BackboneEntry) -> Preprocess:
    """Returns the preprocessing of an application's family.

    Args:
        entry: An entry of the catalogue of any source but "hub".

    Returns:
        A function from images (batch, height, width, 3), RGB float32 0..255, to the backbone's input.
    """
    kind = entry.preprocessing
    if kind == "built-in":
        kind = _built_in(entry)
    return _PREPROCESSING[kind]


def rescale(scale: float | Sequence[float], offset: float | Sequence[float]) -> Preprocess:
    """Returns `x * scale + offset`, each a number or one number per channel."""

    def apply(image: keras.KerasTensor) -> keras.KerasTensor:
        return keras.layers.Rescaling(scale, offset, dtype="float32", name="rescale")(image)

    return apply


def _built_in(entry: BackboneEntry) -> str:
    """Returns what Keras does inside the models that take 0..255."""
    if entry.family == "mobilenet_v3":
        return "tf"
    if entry.family == "efficientnet_v2" and entry.name[-2:-1] != "b":  # S, M and L, not B0..B3
        return "v2"
    return "torch"  # EfficientNet, EfficientNetV2 B0..B3, ConvNeXt


def _caffe(image: keras.KerasTensor) -> keras.KerasTensor:
    blue_first = image[..., ::-1]
    return rescale(1.0, [-mean for mean in _CAFFE_MEAN_BGR])(blue_first)


def _none(image: keras.KerasTensor) -> keras.KerasTensor:
    return image


_PREPROCESSING: dict[str, Preprocess] = {
    "caffe": _caffe,
    "tf": rescale(1 / 127.5, -1.0),
    "torch": rescale(
        [1 / (255 * deviation) for deviation in _DEVIATION],
        [-mean / deviation for mean, deviation in zip(_MEAN, _DEVIATION, strict=True)],
    ),
    "v2": rescale(1 / 128, -1.0),
    "lite": rescale(1 / 128, -127 / 128),
}
KINDS: dict[str, Preprocess] = {
    "none": _none,
    **{name: _PREPROCESSING[name] for name in ("tf", "torch", "caffe", "lite")},
}
