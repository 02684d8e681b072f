"""What a phase trains: flags set from scratch each time, and the proof afterwards that nothing else changed.

Three facts about Keras 3 shape this room. Changing `layer.trainable` sets every layer inside as well, whatever
it was before. On TensorFlow, setting it to the value it already has does nothing at all, so `model.trainable =
True` resets no child of a model that is trainable. And `backbone(x, training=False)` does not keep
BatchNormalization still in `fit`; only its own `trainable=False` does (keras-team/keras#20285). So all flags
are set anew, one by one, and every BatchNormalization of the backbone stays frozen in every phase: its statistics
come from far more images than a fine-tuning has. Those of a head are new, and train with it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import keras
import numpy as np

from kerasft.base.errors import KerasftError
from kerasft.networks.blocks import resolve_unfreeze, split_blocks
from kerasft.networks.layers import is_batch_normalization, is_random
from kerasft.networks.named_weights import named_weights

_RATES = ("rate", "drop_path_rate", "drop_prob", "stddev", "dropout")  # what layers call their randomness


def set_trainable(model: keras.Model, unfreeze: float | int | str) -> tuple[str, ...]:
    """Sets what trains: the head, and the backbone's upper blocks but for their BatchNormalization.

    Compile after this, or it has no effect.

    Args:
        model: A model whose feature extractor is the layer "backbone".
        unfreeze: 0, a share of the blocks, a number of blocks, a layer's or block's name, or "all".

    Returns:
        Names of the layers whose weights will train, in the order of the graph.

    Raises:
        InputError: `unfreeze` is out of range, or names no layer.
    """
    backbone = model.get_layer("backbone")
    blocks = split_blocks(backbone)
    frozen = len(blocks) - resolve_unfreeze(unfreeze, blocks)
    for value in (False, True):  # both, or a flag that is True already would keep what is inside as it was
        for layer in [model, *_all_layers(model)]:
            layer.trainable = value
    backbone.trainable = frozen < len(blocks)
    if backbone.trainable:
        for block in blocks[:frozen]:
            for layer in block.layers:
                layer.trainable = False
    for layer in _all_layers(backbone):
        if is_batch_normalization(layer):
            layer.trainable = False
    return _training_layers(model)


def changing_weights(model: keras.Model) -> list[keras.Variable]:
    """Returns the weights that training changes: what has gradients, and the statistics of a head's normalizations."""
    return [*model.trainable_variables, *_statistics(model)]


def depths(model: keras.Model) -> dict[int, int]:
    """Returns how many blocks deep each weight of the backbone lies, by its id: 1 for the top block's."""
    blocks = split_blocks(model.get_layer("backbone"))
    return {
        id(weight): len(blocks) - index
        for index, block in enumerate(blocks)
        for layer in block.layers
        for weight in layer.weights
    }


@contextmanager
def silenced(model: keras.Model) -> Iterator[tuple[str, ...]]:
    """Switches the randomness of frozen layers off (dropout, stochastic depth, noise), and on again at the end.

    Keras runs them as in training, whatever `trainable` says. But what does not learn gains nothing from noise, and
    only without it is the output of a frozen layer the same in every epoch. Compile inside.

    Yields:
        Names of frozen layers that are random in a way that is not known here.
    """
    switched: list[tuple[keras.layers.Layer, str, float]] = []
    unknown = []
    for layer in _all_layers(model):
        if layer.trainable or not is_random(layer):
            continue
        known = [name for name in _RATES if isinstance(getattr(layer, name, None), int | float)]
        switched += [(layer, name, getattr(layer, name)) for name in known]
        unknown += [] if known else [layer.name]
    try:
        for layer, name, _ in switched:
            setattr(layer, name, 0.0)
        yield tuple(unknown)
    finally:
        for layer, name, rate in switched:
            setattr(layer, name, rate)


def random_states(model: keras.Model) -> list[keras.Variable]:
    """Returns the states of all random generators in the model, which training changes besides the weights."""
    return [
        value.state
        for layer in _all_layers(model)
        for value in vars(layer).values()
        if isinstance(value, keras.random.SeedGenerator)
    ]


def frozen_digest(model: keras.Model) -> dict[str, str]:
    """Returns a hash of each weight that must not change while training, by its path.

    These are the weights of frozen layers and all statistics but those of a head's own BatchNormalization. The
    states of random generators (Dropout) are not weights and do change.
    """
    return {
        path: hashlib.sha256(np.ascontiguousarray(keras.ops.convert_to_numpy(weight.value)).data).hexdigest()
        for path, weight in _frozen_weights(model).items()
    }


def assert_unchanged(model: keras.Model, digest: dict[str, str]) -> None:
    """Raises if any weight in `digest` has changed, or can no longer be found frozen.

    Raises:
        KerasftError: With the names. It is a fault of the library or of a callback, never of the data.
    """
    now = frozen_digest(model)
    changed = [path for path, value in digest.items() if now.get(path) != value]
    if changed:
        shown = ", ".join(changed[:5]) + (f" and {len(changed) - 5} more" if len(changed) > 5 else "")
        raise KerasftError(f"training changed weights that were frozen: {shown}")


def _frozen_weights(model: keras.Model) -> dict[str, keras.Variable]:
    frozen = {id(weight) for weight in model.non_trainable_weights}
    frozen -= {id(weight) for weight in _statistics(model)}
    return {path: weight for path, weight in named_weights(model).items() if id(weight) in frozen}


def _statistics(model: keras.Model) -> list[keras.Variable]:
    """Returns the statistics of the normalizations that train, without those of the backbone, which never do."""
    normalizations = [
        layer for layer in _all_layers(model) if is_batch_normalization(layer) and layer.trainable
    ]
    return [weight for layer in normalizations for weight in layer.non_trainable_weights]


def _training_layers(model: keras.Model) -> tuple[str, ...]:
    """Returns the innermost functional layers that hold a training weight, without repetition."""
    names = []
    for layer in model.layers:
        if layer.name == "backbone" and isinstance(layer, keras.Model):
            names += [inner.name for inner in layer.layers if inner.trainable_weights]
        elif layer.trainable_weights:
            names.append(layer.name)
    return tuple(dict.fromkeys(names))


def _all_layers(model: keras.Model) -> list[keras.layers.Layer]:
    # `Model.layers` stops at layers that hold layers; this walks into them (KerasHub relies on it too)
    return list(model._flatten_layers(include_self=False))
