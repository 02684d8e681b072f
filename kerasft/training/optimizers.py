"""A new optimizer for each phase, with its learning-rate schedule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import keras

from kerasft.contract.plan import Phase
from kerasft.training import speedups
from kerasft.training.speedups.adam import Adam, AdamW
from kerasft.training.speedups.cosine import WarmUpAndDecay, keras_decay

_QUICK: dict[str, type[keras.optimizers.Optimizer]] = {"adamw": AdamW, "adam": Adam}
_KINDS: dict[str, tuple[type[keras.optimizers.Optimizer], dict[str, object]]] = {
    "adamw": (keras.optimizers.AdamW, {}),
    "adam": (keras.optimizers.Adam, {}),
    "sgd": (keras.optimizers.SGD, {"momentum": 0.9, "nesterov": True}),
    "rmsprop": (keras.optimizers.RMSprop, {"momentum": 0.9}),
    "lion": (keras.optimizers.Lion, {}),
}


def make_optimizer(
    name: str,
    phase: Phase,
    steps_per_epoch: int,
    weight_decay: float,
    depths: Mapping[int, int] | None = None,
) -> keras.optimizers.Optimizer:
    """Returns a fresh optimizer for one phase.

    Args:
        name: One of `kerasft.contract.plan.OPTIMIZERS`.
        phase: Its learning rate, warm-up and decay, over all its epochs.
        steps_per_epoch: Batches per epoch.
        weight_decay: Decoupled decay (Loshchilov and Hutter, 2019) of kernels and embeddings; biases and the
            scales and offsets of normalisation don't decay. "adam" and "rmsprop" go without: that is what the
            names promise, and "adamw" is there for the rest.
        depths: For `phase.layer_decay`, how many blocks deep each variable lies, by its id (see `freezing.depths`);
            what is not in it counts as the head, at depth 0.
    """
    if phase.layer_decay == 1.0 or not depths:
        return _one_optimizer(name, phase, steps_per_epoch, weight_decay)
    by_depth = {}
    for depth in sorted({0, *depths.values()}):
        slower = replace(phase, learning_rate=float(phase.learning_rate) * phase.layer_decay**depth)
        by_depth[depth] = _one_optimizer(name, slower, steps_per_epoch, weight_decay)
    return keras.optimizers.MultiOptimizer(lambda variable: by_depth[depths.get(id(variable), 0)])


def current_learning_rate(optimizer: keras.optimizers.Optimizer) -> float:
    """Returns the rate of the next step; with layer-wise decay the highest, which is the head's."""
    optimizers = getattr(optimizer, "optimizers", [optimizer])
    return max(float(keras.ops.convert_to_numpy(each.learning_rate)) for each in optimizers)


def learning_rate_setter(optimizer: keras.optimizers.Optimizer) -> Callable[[float], None]:
    """Returns a function that sets the rate of an optimizer with constant rates, which is built.

    With layer-wise decay it sets the head's rate, and those below keep their ratio to it.
    """
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    optimizers = getattr(inner, "optimizers", [inner])
    highest = current_learning_rate(inner)
    ratios = [current_learning_rate(each) / highest for each in optimizers]

    def set_rate(rate: float) -> None:
        for each, ratio in zip(optimizers, ratios, strict=True):
            each.learning_rate = rate * ratio

    return set_rate


def _one_optimizer(
    name: str, phase: Phase, steps_per_epoch: int, weight_decay: float
) -> keras.optimizers.Optimizer:
    kind, arguments = _KINDS[name]
    if speedups.enabled():
        kind = _QUICK.get(name, kind)
    if name not in ("adam", "rmsprop") and weight_decay:
        arguments = {**arguments, "weight_decay": weight_decay}
    optimizer = kind(learning_rate=learning_rate(phase, steps_per_epoch), **arguments)
    if optimizer.weight_decay:
        optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer


def learning_rate(
    phase: Phase, steps_per_epoch: int
) -> float | keras.optimizers.schedules.LearningRateSchedule:
    """Returns the phase's constant rate, or its schedule: a linear warm-up, then half a cosine down to 0."""
    steps = phase.epochs * steps_per_epoch
    warmup = round(phase.warmup * steps)
    if not phase.decay and not warmup:
        return phase.learning_rate
    kind = WarmUpAndDecay if speedups.enabled() else keras_decay
    return kind(float(phase.learning_rate), warmup, max(1, steps - warmup), phase.decay)
