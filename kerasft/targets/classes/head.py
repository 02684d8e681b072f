"""Heads: the task layers on top of a backbone, and the loss and metrics that belong to them."""

from __future__ import annotations

import math

import keras

from kerasft.contract.objective import Better, Objective

LEAST_GAIN = 1e-4  # of the log loss, in nats


def classification_head(
    features: keras.KerasTensor, num_classes: int, dropout: float, seed: int
) -> keras.KerasTensor:
    """Adds dropout and a dense layer, in float32 whatever the model's precision.

    The kernel begins at zero: for a linear layer on frozen features nothing speaks for noise at the start, and
    with few labels much against it (docs/defaults.md has the measurement).

    Args:
        features: A KerasTensor (batch, channels): pooled features.
        num_classes: The number of outputs.
        dropout: Share of features dropped while training, in [0, 1).
        seed: Seed of the dropout.

    Returns:
        A KerasTensor (batch, num_classes) of float32 logits.
    """
    x = keras.layers.Dropout(dropout, seed=seed, name="dropout")(features)
    return keras.layers.Dense(num_classes, kernel_initializer="zeros", dtype="float32", name="logits")(x)


def classification_objective(
    num_classes: int, label_smoothing: float = 0.0, focal_gamma: float = 0.0
) -> Objective:
    """Returns the objective for one-hot labels (batch, num_classes) and logits of the same shape.

    The loss is smoothed, and weighted by class where weights are given; the metrics are neither, so that
    the validation numbers of two runs with other settings can be compared. Better is a higher accuracy and, where it is
    equal, a lower log loss: on a small validation split many epochs have the same accuracy.

    With `focal_gamma` above 0, the loss of an example is multiplied by (1 - p) ** gamma, where p is the probability of
    its class (Lin et al. 2017, "Focal Loss for Dense Object Detection").
    """
    plain = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=label_smoothing)
    focal = keras.losses.CategoricalFocalCrossentropy(
        alpha=1.0, gamma=focal_gamma, from_logits=True, label_smoothing=label_smoothing
    )
    return Objective(
        loss=focal if focal_gamma else plain,
        metrics=[
            keras.metrics.CategoricalAccuracy(name="accuracy"),
            keras.metrics.CategoricalCrossentropy(name="log_loss", from_logits=True),
        ],
        better=(Better("accuracy", higher=True), Better("log_loss", higher=False, least_gain=LEAST_GAIN)),
        chance=None if focal_gamma else math.log(num_classes),
    )
