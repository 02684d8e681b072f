"""The layers on top of a backbone that give a number, and what is minimized and measured."""

from __future__ import annotations

import keras

from kerasft.contract.objective import Better, Objective
from kerasft.targets.numbers.schema import Numbers

LEAST_GAIN = 1e-4  # of the mean absolute error, in standard deviations


def number_head(features: keras.KerasTensor, dropout: float, seed: int) -> keras.KerasTensor:
    """Adds dropout and a dense layer, in float32 whatever the model's precision.

    The kernel begins at zero, so that training begins at the mean: see `kerasft.targets.classes.head`.

    Args:
        features: A KerasTensor (batch, channels): pooled features.
        dropout: Share of features dropped while training, in [0, 1).
        seed: Seed of the dropout.

    Returns:
        A KerasTensor (batch, 1): the number less its mean, in standard deviations.
    """
    x = keras.layers.Dropout(dropout, seed=seed, name="dropout")(features)
    return keras.layers.Dense(1, kernel_initializer="zeros", dtype="float32", name="number")(x)


def number_objective(schema: Numbers) -> Objective:
    """Returns the objective: squared errors in standard deviations; epochs are ranked by the mean absolute error.

    The metric is in the unit of the data. Guessing the mean has a loss of 1.
    """

    def absolute_error(expected: keras.KerasTensor, found: keras.KerasTensor) -> keras.KerasTensor:
        return keras.ops.mean(keras.ops.abs(expected - found), axis=-1) * schema.deviation

    return Objective(
        loss=keras.losses.MeanSquaredError(),
        metrics=[keras.metrics.MeanMetricWrapper(absolute_error, name="mean_absolute_error")],
        better=(Better("mean_absolute_error", higher=False, least_gain=LEAST_GAIN * schema.deviation),),
        chance=1.0,
    )
