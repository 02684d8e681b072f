"""What a layer is, by what it holds, and what it is called."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import keras


def is_random(layer: keras.layers.Layer) -> bool:
    """Whether a layer itself, not one inside it, draws random numbers."""
    return any(isinstance(value, keras.random.SeedGenerator) for value in vars(layer).values())


def is_batch_normalization(layer: keras.layers.Layer) -> bool:
    """Whether a layer keeps moving statistics of batches: Keras' own or one that is named after it."""
    return isinstance(layer, keras.layers.BatchNormalization) or "BatchNorm" in type(layer).__name__


def number_layers(model: keras.Model) -> None:
    """Counts automatic layer names ("conv2d_94") from zero within this model, so that they can be relied on."""
    for operation, name in zip(model.operations, counted_names(model.operations), strict=True):
        operation.name = name


def counted_names(operations: Sequence[keras.Operation]) -> list[str]:
    """Returns the names of operations, the automatic ones ("conv2d_94") counted from zero among them."""
    counts: Counter[str] = Counter()
    names = []
    for operation in operations:
        automatic = _snake_case(type(operation).__name__)
        if re.fullmatch(rf"{automatic}(_\d+)?", operation.name):
            number = counts[automatic]
            counts[automatic] += 1
            names.append(f"{automatic}_{number}" if number else automatic)
        else:
            names.append(operation.name)
    return names


def _snake_case(name: str) -> str:
    """Returns the base of the names that Keras gives layers of a class by itself: Conv2D -> conv2d."""
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
