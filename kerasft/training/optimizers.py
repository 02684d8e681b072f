"""A new optimizer for each phase, with its learning-rate schedule."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import keras

from kerasft.contract.plan import Phase


class _OneOperation:
    """An Adam whose update is one operation for each variable on TensorFlow, as it was in Keras 2, instead of a dozen.

    The formula is the same. A dozen go over memory a dozen times, which is a twentieth of a train step of ResNet50's
    last stage, and take three times as long to trace. JAX fuses them by itself.
    """

    def update_step(self: Any, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Changes a variable and its two momenta; see `keras.optimizers.Adam`."""
        if _is_whole(gradient) and not self.amsgrad:
            self._apply(gradient, variable, learning_rate)
        else:
            super().update_step(gradient, variable, learning_rate)  # type: ignore[misc]

    def _apply(self: Any, gradient: Any, variable: Any, learning_rate: Any) -> None:
        import tensorflow as tf

        index, step = self._get_variable_index(variable), self.iterations.value + 1
        numbers = {
            "beta1_power": self.beta_1 ** tf.cast(step, "float32"),
            "beta2_power": self.beta_2 ** tf.cast(step, "float32"),
            "lr": learning_rate,
            "beta1": self.beta_1,
            "beta2": self.beta_2,
            "epsilon": self.epsilon,
        }
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[index].value.handle,
            v=self._velocities[index].value.handle,
            grad=tf.cast(gradient, variable.dtype),
            **{name: tf.cast(number, variable.dtype) for name, number in numbers.items()},
        )


def _is_whole(gradient: Any) -> bool:
    """Whether it is TensorFlow's gradient of a whole variable, not of the rows of an embedding that were looked up."""
    if keras.backend.backend() != "tensorflow":
        return False
    import tensorflow as tf

    return isinstance(gradient, tf.Tensor)


@keras.saving.register_keras_serializable("kerasft")
class Adam(_OneOperation, keras.optimizers.Adam):
    """Keras' Adam with a faster update on TensorFlow."""


@keras.saving.register_keras_serializable("kerasft")
class AdamW(_OneOperation, keras.optimizers.AdamW):
    """Keras' AdamW with a faster update on TensorFlow."""


_KINDS: dict[str, tuple[type[keras.optimizers.Optimizer], dict[str, Any]]] = {
    "adamw": (AdamW, {}),
    "adam": (Adam, {}),
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
    return WarmUpAndDecay(float(phase.learning_rate), warmup, max(1, steps - warmup), phase.decay)


@keras.saving.register_keras_serializable("kerasft")
class WarmUpAndDecay(keras.optimizers.schedules.LearningRateSchedule):
    """A linear warm-up to the highest rate, then half a cosine down to 0, or that rate.

    The values are those of Keras' `CosineDecay`, which makes a branch of the graph for either part each time the rate
    is read, and AdamW reads it once for each variable that decays: a fifth of the time it takes to trace a train step.

    Args:
        highest: The rate at the end of the warm-up.
        warmup: Its steps; 0 for none.
        after: Steps after it.
        decay: Whether the rate falls.
    """

    def __init__(self, highest: float, warmup: int, after: int, decay: bool):
        self.highest, self.warmup, self.after, self.decay = highest, warmup, after, decay

    def __call__(self, step: Any) -> Any:
        """Returns the rate of a step, which count from 0: float32 ()."""
        step = keras.ops.cast(step, "float32")
        share: Any = 1.0
        if self.decay:
            fallen = keras.ops.clip((step - self.warmup) / self.after, 0.0, 1.0)
            share = 0.5 * (1.0 + keras.ops.cos(math.pi * fallen))
        if self.warmup:
            share = keras.ops.where(step < self.warmup, step / self.warmup, share)
        return self.highest * share

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {"highest": self.highest, "warmup": self.warmup, "after": self.after, "decay": self.decay}
