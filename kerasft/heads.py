"""Heads: the task layers on top of a backbone, and the loss and metrics that belong to them."""

from __future__ import annotations

from typing import Any

import keras


def image_classification_head(features: Any, num_classes: int, dropout: float, seed: int) -> Any:
    """Adds dropout and a dense layer, in float32 whatever the model's precision.

    Args:
        features: A KerasTensor (batch, channels): pooled features.
        num_classes: The number of outputs.
        dropout: Share of features dropped while training, in [0, 1).
        seed: Seed of the initial kernel and of the dropout.

    Returns:
        A KerasTensor (batch, num_classes) of float32 logits.
    """
    x = keras.layers.Dropout(dropout, seed=seed, name="dropout")(features)
    initializer = keras.initializers.GlorotUniform(seed)
    return keras.layers.Dense(num_classes, kernel_initializer=initializer, dtype="float32", name="logits")(x)


def classification_objective(label_smoothing: float) -> dict[str, Any]:
    """Returns the loss and metrics for one-hot labels (batch, num_classes), as arguments of `compile`.

    The loss is smoothed, and weighted by class where weights are given; the metrics are neither, so that
    the validation numbers of two runs with other settings can be compared.
    """
    return {
        "loss": keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=label_smoothing),
        "metrics": [
            keras.metrics.CategoricalAccuracy(name="accuracy"),
            keras.metrics.CategoricalCrossentropy(name="log_loss", from_logits=True),
        ],
        "weighted_metrics": [],
    }
