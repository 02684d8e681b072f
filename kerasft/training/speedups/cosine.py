"""A learning-rate schedule without branches in the graph."""

from __future__ import annotations

import math

import keras

from kerasft.base.json_values import JsonObject


def keras_decay(
    highest: float, warmup: int, after: int, decay: bool
) -> keras.optimizers.schedules.CosineDecay:
    """Returns Keras' schedule of the same values; arguments as for `WarmUpAndDecay`."""
    first, target = (0.0, highest) if warmup else (highest, None)
    return keras.optimizers.schedules.CosineDecay(
        first, after, alpha=0.0 if decay else 1.0, warmup_target=target, warmup_steps=warmup
    )


@keras.saving.register_keras_serializable("kerasft")
class WarmUpAndDecay(keras.optimizers.schedules.LearningRateSchedule):
    """A linear warm-up to the highest rate, then half a cosine down to 0, or that rate.

    The values are those of Keras' `CosineDecay`, which makes a branch of the graph for either part each time the rate
    is read, and AdamW reads it once for each variable that decays.

    Args:
        highest: The rate at the end of the warm-up.
        warmup: Its steps; 0 for none.
        after: Steps after it.
        decay: Whether the rate falls.
    """

    def __init__(self, highest: float, warmup: int, after: int, decay: bool):
        self.highest, self.warmup, self.after, self.decay = highest, warmup, after, decay

    def __call__(self, step: keras.KerasTensor) -> keras.KerasTensor:
        """Returns the rate of a step, which count from 0: float32 ()."""
        step = keras.ops.cast(step, "float32")
        share: float | keras.KerasTensor = 1.0
        if self.decay:
            fallen = keras.ops.clip((step - self.warmup) / self.after, 0.0, 1.0)
            share = 0.5 * (1.0 + keras.ops.cos(math.pi * fallen))
        if self.warmup:
            share = keras.ops.where(step < self.warmup, step / self.warmup, share)
        return self.highest * share

    def get_config(self) -> JsonObject:
        """Returns the arguments."""
        return {"highest": self.highest, "warmup": self.warmup, "after": self.after, "decay": self.decay}
