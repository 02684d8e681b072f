"""The weights of a model by names that are the same in every process and on every backend."""

from __future__ import annotations

import re
from collections.abc import Iterator

import keras

from kerasft.networks.layers import counted_names

_UNNAMED = re.compile(r"variable_\d+")  # as Keras calls them, counted through the whole process


def named_weights(model: keras.Model) -> dict[str, keras.Variable]:
    """Returns all weights of a model by their layers' names, such as "backbone/stem_conv/kernel".

    Automatic names ("dense_7") are counted from zero among the layers beside them. A weight that several layers share
    has the name of the first; of weights with one name, the later ones get a number: "dense/kernel (2)".
    """
    named: dict[str, keras.Variable] = {}
    seen: set[int] = set()
    for path, weight in _walk(model, ""):
        if id(weight) in seen:
            continue
        seen.add(id(weight))
        name, number = path, 2
        while name in named:
            name, number = f"{path} ({number})", number + 1
        named[name] = weight
    return named


def follow_weights(model: keras.Model) -> None:
    """Has layers take over weights that were assigned, where they compute with copies of them."""
    for layer in model._flatten_layers(include_self=False):
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()


def _walk(layer: keras.layers.Layer, prefix: str) -> Iterator[tuple[str, keras.Variable]]:
    inner = list(layer._flatten_layers(include_self=False, recursive=False))
    theirs = {id(weight) for each in inner for weight in each.weights}
    for weight in layer.weights:
        if id(weight) not in theirs:
            yield prefix + _UNNAMED.sub("variable", weight.name), weight
    for each, name in zip(inner, counted_names(inner), strict=True):
        yield from _walk(each, f"{prefix}{name}/")
