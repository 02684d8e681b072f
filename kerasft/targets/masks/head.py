"""The decoders that make masks of a backbone's feature maps, and what is minimized and measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import keras
import numpy as np
from keras import layers, ops

from kerasft.contract.objective import Better, Objective
from kerasft.targets.masks.schema import IGNORED, Masks

STRIDES = (4, 8, 16)  # of the feature maps that a decoder takes
LEAST_GAIN = 1e-4  # of the loss
FILTERS = 64
_RATES = (1, 2, 3)  # of the dilated convolutions of `deeplab`
_DEEP_FILTERS, _FINE_FILTERS = 96, 24  # of `deeplab`
_MOMENTUM = 0.95  # as that of `starter`: the averages settle in 60 steps
_MOST_WEIGHT = 10.0  # of a class

Maps = Mapping[str, keras.KerasTensor]


def mask_head(
    maps: Maps, classes: int, size: int, decoder: str, dropout: float, seed: int
) -> keras.KerasTensor:
    """Adds a decoder. Its own BatchNormalization trains, unlike the backbone's.

    Args:
        maps: KerasTensors (batch, height, width, channels) by name, "stride_4", "stride_8" and "stride_16".
        classes: How many.
        size: Side of the images, in pixels.
        decoder: "light": maps are added from the coarsest to the finest; "deeplab": the coarsest is looked at through
            convolutions of several widths, and joined with the finest.
        dropout: Share of channels dropped before the last layer while training, in [0, 1).
        seed: Of the dropout.

    Returns:
        A KerasTensor (batch, size, size, classes) of float32 logits.
    """
    x = (_deeplab if decoder == "deeplab" else _light)(maps)
    x = layers.SpatialDropout2D(dropout, seed=seed, name="dropout")(x)
    logits = layers.Conv2D(classes, 1, dtype="float32", name="logits")(x)
    return _resized(logits, (size, size))


def _light(maps: Maps) -> keras.KerasTensor:
    """A feature pyramid (Lin et al. 2017, arXiv:1612.03144) with separable convolutions and a sum."""
    top = None
    for stride in reversed(STRIDES):
        own = maps[f"stride_{stride}"]
        lateral = _normal(layers.Conv2D(FILTERS, 1, use_bias=False, name=f"lateral_{stride}")(own))
        if top is not None:
            lateral = layers.Add(name=f"sum_{stride}")([lateral, _resized(top, own.shape[1:3])])
        top = _separable(lateral, FILTERS, f"smooth_{stride}")
    return _separable(top, FILTERS, "last")


def _deeplab(maps: Maps) -> keras.KerasTensor:
    """Atrous spatial pyramid pooling and a skip, as in DeepLabV3+ (Chen et al. 2018, arXiv:1802.02611)."""
    deep, fine = maps["stride_16"], maps["stride_4"]
    branches = [_normal(layers.Conv2D(_DEEP_FILTERS, 1, use_bias=False, name="aspp_1x1")(deep), active=True)]
    branches += [_separable(deep, _DEEP_FILTERS, f"aspp_rate_{rate}", rate) for rate in _RATES]
    whole = layers.GlobalAveragePooling2D(keepdims=True, name="aspp_mean")(deep)
    whole = layers.Conv2D(_DEEP_FILTERS, 1, activation="relu", name="aspp_whole")(whole)
    branches.append(_resized(whole, deep.shape[1:3]))
    x = layers.Concatenate(name="aspp")(branches)
    x = _normal(layers.Conv2D(_DEEP_FILTERS, 1, use_bias=False, name="aspp_project")(x), active=True)
    skip = _normal(layers.Conv2D(_FINE_FILTERS, 1, use_bias=False, name="skip")(fine), active=True)
    x = layers.Concatenate(name="joined")([_resized(x, fine.shape[1:3]), skip])
    return _separable(_separable(x, _DEEP_FILTERS, "refine_1"), _DEEP_FILTERS, "refine_2")


def _separable(x: keras.KerasTensor, filters: int, name: str, rate: int = 1) -> keras.KerasTensor:
    convolution = layers.SeparableConv2D(
        filters, 3, padding="same", dilation_rate=rate, use_bias=False, name=name
    )
    return _normal(convolution(x), active=True)


def _normal(x: keras.KerasTensor, active: bool = False) -> keras.KerasTensor:
    name = x._keras_history.operation.name
    x = layers.BatchNormalization(momentum=_MOMENTUM, name=f"{name}_bn")(x)
    return layers.ReLU(name=f"{name}_relu")(x) if active else x


def _resized(x: keras.KerasTensor, shape: tuple[int, int]) -> keras.KerasTensor:
    if tuple(x.shape[1:3]) == tuple(shape):
        return x
    return ops.image.resize(x, tuple(shape), interpolation="bilinear", data_format="channels_last")


def mask_objective(
    schema: Masks, balanced: bool = False, smoothing: float = 0.0, focal_gamma: float = 0.0
) -> Objective:
    """Returns the objective for masks uint8 (batch, height, width) and logits (batch, height, width, classes).

    Epochs are ranked by the mean intersection over union of the validation split, and where it is equal by the loss.

    Args:
        schema: The classes.
        balanced: Whether rare classes weigh more: see `class_weights`.
        smoothing: Share of a pixel's label that is spread over all classes.
        focal_gamma: The part of each pixel is multiplied by (1 - p) ** gamma, where p is the probability of its class.
    """
    count = len(schema.class_names)
    weights = class_weights(schema) if balanced else np.ones(count, np.float32)
    iou = keras.metrics.MeanIoU(count, ignore_class=IGNORED, sparse_y_pred=False, name="mean_iou")
    return Objective(
        loss=mask_loss(weights, smoothing, focal_gamma),
        metrics=[iou],
        better=(Better("mean_iou", higher=True), Better("loss", higher=False, least_gain=LEAST_GAIN)),
        chance=None,
    )


def mask_loss(
    weights: np.ndarray, smoothing: float = 0.0, focal_gamma: float = 0.0
) -> Callable[[keras.KerasTensor, keras.KerasTensor], keras.KerasTensor]:
    """Returns the loss (batch,) of masks and logits: cross-entropy of the pixels that count, and Dice of the batch.

    Args:
        weights: float32 (classes,): of the pixels of each.
        smoothing: See `mask_objective`.
        focal_gamma: See `mask_objective`.
    """
    count = len(weights)

    def loss(masks: keras.KerasTensor, logits: keras.KerasTensor) -> keras.KerasTensor:
        numbers = ops.cast(masks, "int32")
        valid = ops.cast(ops.not_equal(numbers, IGNORED), "float32")
        truth = ops.one_hot(ops.where(numbers == IGNORED, 0, numbers), count, dtype="float32")
        truth = truth * valid[..., None]
        logarithms = ops.log_softmax(logits, axis=-1)
        probabilities = ops.exp(logarithms)
        smooth = truth * (1 - smoothing) + valid[..., None] * (smoothing / count)
        each = -ops.sum(smooth * logarithms, axis=-1)
        if focal_gamma:
            each = each * (1 - ops.sum(truth * probabilities, axis=-1)) ** focal_gamma
        weight = ops.sum(truth * weights, axis=-1)
        mean = ops.sum(each * weight, axis=(1, 2)) / ops.maximum(ops.sum(weight, axis=(1, 2)), 1e-6)
        return mean + _dice(truth, probabilities * valid[..., None])

    return loss


def _dice(truth: keras.KerasTensor, probabilities: keras.KerasTensor) -> keras.KerasTensor:
    """1 - Dice (Milletari et al. 2016, arXiv:1606.04797), the mean over the classes that the batch has."""
    places = (0, 1, 2)
    pixels = ops.sum(truth, axis=places)
    overlap = ops.sum(truth * probabilities, axis=places)
    total = pixels + ops.sum(probabilities, axis=places)
    present = ops.cast(pixels > 0, "float32")
    parts = (1 - (2 * overlap + 1) / (total + 1)) * present
    return ops.sum(parts) / ops.maximum(ops.sum(present), 1)


def class_weights(schema: Masks) -> np.ndarray:
    """Returns float32 (classes,): the median share of pixels by that of each class, at most 10 and at least a tenth.

    Source: "median frequency balancing", Eigen and Fergus 2015, arXiv:1411.4734. Classes without pixels have 1.
    """
    shares = np.array(schema.shares or [1.0] * len(schema.class_names))
    there = shares > 0
    median = float(np.median(shares[there])) if there.any() else 1.0
    weights = np.where(there, median / np.where(there, shares, 1), 1)
    return np.clip(weights, 1 / _MOST_WEIGHT, _MOST_WEIGHT).astype("float32")
