"""Heads: the task layers on top of a backbone, and the loss and metrics that belong to them."""

from __future__ import annotations

import math
from dataclasses import replace

import keras

from kerasft.contract.objective import Better, Objective
from kerasft.targets.classes.metrics import BalancedLogLoss, TwoClassCurve

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
    num_classes: int,
    label_smoothing: float = 0.0,
    focal_gamma: float = 0.0,
    *,
    balanced: bool = False,
    threshold: bool = False,
) -> Objective:
    """Returns the objective for one-hot labels (batch, num_classes) and logits of the same shape.

    The loss is smoothed, and weighted by class where weights are given; the metrics are neither, so that
    the validation numbers of two runs with other settings can be compared. Better is a higher accuracy and, where it is
    equal, a lower log loss: on a small validation split many epochs have the same accuracy.

    Where one class is rare, always answering the other has a high accuracy, so two wishes rank epochs by something else
    (docs/imbalance.md has what was measured): classes that are to count alike by the log loss in which they do, and
    before it, where a threshold is to be chosen, by how well the model orders the examples, which no threshold decides.

    With `focal_gamma` above 0, the loss of an example is multiplied by (1 - p) ** gamma, where p is the probability of
    its class (Lin et al. 2017, "Focal Loss for Dense Object Detection").

    Args:
        num_classes: The number of classes.
        label_smoothing: Share of the label that is spread over all classes.
        focal_gamma: Of the focal loss; 0 is plain cross-entropy.
        balanced: Whether training makes classes count alike.
        threshold: Whether the threshold between two classes will be chosen.
    """
    plain = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=label_smoothing)
    focal = keras.losses.CategoricalFocalCrossentropy(
        alpha=1.0, gamma=focal_gamma, from_logits=True, label_smoothing=label_smoothing
    )
    metrics = [
        keras.metrics.CategoricalAccuracy(name="accuracy"),
        keras.metrics.CategoricalCrossentropy(name="log_loss", from_logits=True),
    ]
    log_loss = Better("log_loss", higher=False, least_gain=LEAST_GAIN)
    better: tuple[Better, ...] = (Better("accuracy", higher=True), log_loss)
    if balanced:
        metrics.append(BalancedLogLoss(num_classes))
        better = (replace(log_loss, metric="balanced_log_loss"),)
    if threshold:
        metrics.append(TwoClassCurve())
        better = (Better("roc_auc", higher=True), better[-1])
    return Objective(
        loss=focal if focal_gamma else plain,
        metrics=metrics,
        better=better,
        chance=None if focal_gamma else math.log(num_classes),
    )
