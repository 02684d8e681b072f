"""The layers on top of a backbone that give numbers, and what is minimized and measured."""

from __future__ import annotations

import keras

from kerasft.contract.objective import Better, Objective
from kerasft.targets.numbers.schema import Numbers

LEAST_GAIN = 1e-4  # of the mean absolute error, in standard deviations


def number_head(features: keras.KerasTensor, count: int, dropout: float, seed: int) -> keras.KerasTensor:
    """Adds dropout and a dense layer, in float32 whatever the model's precision.

    The kernel begins at zero, so that training begins at the mean: see `kerasft.targets.classes.head`.

    Args:
        features: A KerasTensor (batch, channels): pooled features.
        count: How many numbers.
        dropout: Share of features dropped while training, in [0, 1).
        seed: Seed of the dropout.

    Returns:
        A KerasTensor (batch, count): each number less its mean, in standard deviations.
    """
    x = keras.layers.Dropout(dropout, seed=seed, name="dropout")(features)
    return keras.layers.Dense(count, kernel_initializer="zeros", dtype="float32", name="number")(x)


def number_objective(schema: Numbers, loss: str = "mse", huber_delta: float = 1.0) -> Objective:
    """Returns the objective: errors in standard deviations; epochs are ranked by the mean absolute error.

    The metric is in the unit of the data; of several numbers, which may have several units, in standard deviations.

    Args:
        schema: What the numbers are.
        loss: "mse" (squared errors, for which guessing the mean has about the loss 1), "mae" (absolute errors) or
            "huber" (squared up to `huber_delta` and absolute beyond it; Huber 1964).
        huber_delta: In standard deviations.
    """
    scale = float(schema.scales[0]) if len(schema.numbers) == 1 else 1.0

    def absolute_error(expected: keras.KerasTensor, found: keras.KerasTensor) -> keras.KerasTensor:
        return keras.ops.mean(keras.ops.abs(expected - found), axis=-1) * scale

    losses = {
        "mse": keras.losses.MeanSquaredError,
        "mae": keras.losses.MeanAbsoluteError,
        "huber": lambda: keras.losses.Huber(huber_delta),
    }
    return Objective(
        loss=losses[loss](),
        metrics=[keras.metrics.MeanMetricWrapper(absolute_error, name="mean_absolute_error")],
        better=(Better("mean_absolute_error", higher=False, least_gain=LEAST_GAIN * scale),),
        chance=1.0 if loss == "mse" else None,
    )
