"""A head's last layer, whose outputs go by names: what two models both know is copied."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras


def copy_decoder(
    old: keras.Model, old_names: Sequence[str], new: keras.Model, new_names: Sequence[str], layer: str
) -> tuple[str, ...]:
    """Copies all layers between backbone and last layer, where both models have the same, and `copy_outputs` of that.

    Args:
        old: A model.
        old_names: Of the outputs of its last layer.
        new: Another; changed in place.
        new_names: Of its outputs.
        layer: The last layer's name.

    Returns:
        The names of the outputs that were copied; () where the layers are others.
    """
    mine, theirs = (
        {each.name: each for each in model.layers if each.weights and each.name not in ("backbone", layer)}
        for model in (new, old)
    )
    if [each.shape for own in mine.values() for each in own.weights] != [
        each.shape for own in theirs.values() for each in own.weights
    ]:
        return ()
    for name, own in mine.items():
        own.set_weights(theirs[name].get_weights())
    return copy_outputs(old, old_names, new, new_names, layer)


def copy_outputs(
    old: keras.Model, old_names: Sequence[str], new: keras.Model, new_names: Sequence[str], layer: str
) -> tuple[str, ...]:
    """Copies the outputs that have the same name in both from one dense layer, or convolution, to another.

    Args:
        old: A model with such a layer.
        old_names: Of its outputs.
        new: Another; changed in place.
        new_names: Of its outputs.
        layer: The layer's name.

    Returns:
        The names of what was copied.
    """
    kernel, bias = new.get_layer(layer).get_weights()
    old_kernel, old_bias = old.get_layer(layer).get_weights()
    shared = tuple(name for name in new_names if name in old_names)
    for name in shared:
        to, start = new_names.index(name), old_names.index(name)
        kernel[..., to], bias[to] = old_kernel[..., start], old_bias[start]
    new.get_layer(layer).set_weights([kernel, bias])
    return shared
