"""The pyramid that makes boxes of a backbone's feature maps."""

from __future__ import annotations

import math
from collections.abc import Mapping

import keras
from keras import layers, ops

from kerasft.targets.boxes.anchors import STRIDES

BOXES, LOGITS = "boxes", "logits"  # layers
FILTERS = 64
TOWER = 2  # layers between a map of the pyramid and an output
PRIOR = 0.01  # the score that every class has everywhere before training
_MOMENTUM = 0.95  # as that of `starter`: the averages settle in 60 steps

Maps = Mapping[str, keras.KerasTensor]


def box_head(maps: Maps, classes: int, dropout: float, seed: int) -> keras.KerasTensor:
    """Adds a feature pyramid and two towers that its maps share. Its own BatchNormalization trains, for each map apart.

    Sources: Lin et al. 2017 (arXiv:1612.03144) for the pyramid, and Tan et al. 2020 (arXiv:1911.09070) for separable
    convolutions whose kernels the maps share, while each has its own BatchNormalization.

    Args:
        maps: KerasTensors (batch, height, width, channels) by name, "stride_8" and so on; the coarser of `STRIDES` that
            are missing are made of the coarsest that is there.
        classes: How many.
        dropout: Share of channels dropped before the last layers while training, in [0, 1).
        seed: Of the dropout.

    Returns:
        A KerasTensor (batch, anchors, 4 + classes), float32: raw boxes as `kerasft.targets.boxes.anchors.decoded` takes
        them, which the layer "boxes" gives, and the logits of the layer "logits". They are joined since what a score
        should be depends on its box; files have both apart.
    """
    pyramid = _pyramid(maps)
    towers = {name: _Tower(name, dropout, seed) for name in (BOXES, LOGITS)}
    last = {
        BOXES: layers.Conv2D(
            4, 3, padding="same", kernel_initializer=_small(seed), dtype="float32", name="box"
        ),
        LOGITS: layers.Conv2D(
            classes,
            3,
            padding="same",
            kernel_initializer=_small(seed + 1),
            bias_initializer=keras.initializers.Constant(-math.log((1 - PRIOR) / PRIOR)),
            dtype="float32",
            name="class",
        ),
    }
    found = {}
    for name, width in ((BOXES, 4), (LOGITS, classes)):
        parts = [
            layers.Reshape((-1, width), dtype="float32", name=f"{name}_{stride}")(
                last[name](towers[name](x, stride))
            )
            for stride, x in pyramid.items()
        ]
        found[name] = layers.Concatenate(axis=1, dtype="float32", name=name)(parts)
    return layers.Concatenate(axis=-1, dtype="float32", name="boxes_and_logits")(list(found.values()))


def _pyramid(maps: Maps) -> dict[int, keras.KerasTensor]:
    """Returns a map for each stride, finest first."""
    there = [stride for stride in STRIDES if f"stride_{stride}" in maps]
    top, found = None, dict[int, keras.KerasTensor]()
    for stride in reversed(there):
        lateral = _normal(
            layers.Conv2D(FILTERS, 1, use_bias=False, name=f"lateral_{stride}")(maps[f"stride_{stride}"])
        )
        if top is not None:
            size = tuple(lateral.shape[1:3])  # not by UpSampling2D, whose TILE some int8 runtimes don't have
            up = ops.image.resize(top, size, interpolation="nearest", data_format="channels_last")
            lateral = layers.Add(name=f"sum_{stride}")([lateral, up])
        top = lateral
        found[stride] = _separable(lateral, f"smooth_{stride}")
    for stride in STRIDES:
        if stride not in found:
            found[stride] = _separable(found[stride // 2], f"smooth_{stride}", strides=2)
    return dict(sorted(found.items()))


class _Tower:
    """Layers whose kernels all maps share."""

    def __init__(self, name: str, dropout: float, seed: int):
        self.name, self.dropout, self.seed = name, dropout, seed
        self.convolutions = [
            layers.SeparableConv2D(FILTERS, 3, padding="same", use_bias=False, name=f"{name}_tower_{place}")
            for place in range(TOWER)
        ]

    def __call__(self, x: keras.KerasTensor, stride: int) -> keras.KerasTensor:
        for place, convolution in enumerate(self.convolutions):
            name = f"{self.name}_tower_{place}_{stride}"
            x = layers.BatchNormalization(momentum=_MOMENTUM, name=f"{name}_bn")(convolution(x))
            x = layers.ReLU(name=f"{name}_relu")(x)
        return layers.SpatialDropout2D(self.dropout, seed=self.seed, name=f"{self.name}_dropout_{stride}")(x)


def _separable(x: keras.KerasTensor, name: str, strides: int = 1) -> keras.KerasTensor:
    convolution = layers.SeparableConv2D(
        FILTERS, 3, strides=strides, padding="same", use_bias=False, name=name
    )
    return layers.ReLU(name=f"{name}_relu")(_normal(convolution(x)))


def _normal(x: keras.KerasTensor) -> keras.KerasTensor:
    name = x._keras_history.operation.name
    return layers.BatchNormalization(momentum=_MOMENTUM, name=f"{name}_bn")(x)


def _small(seed: int) -> keras.initializers.Initializer:
    return keras.initializers.RandomNormal(0.0, 0.01, seed=seed)
