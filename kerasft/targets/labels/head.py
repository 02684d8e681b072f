"""The layers on top of a backbone that give several labels, and what is minimized and measured."""

from __future__ import annotations

import math
from collections.abc import Callable

import keras
import numpy as np

from kerasft.contract.objective import Better, Objective
from kerasft.targets.labels.schema import Labels

LEAST_GAIN = 1e-4  # of the log loss, in nats
_RAREST = 0.01  # a share that a bias begins with: rarer labels begin there too


def label_head(features: keras.KerasTensor, schema: Labels, dropout: float, seed: int) -> keras.KerasTensor:
    """Adds dropout and a dense layer, in float32 whatever the model's precision.

    The kernel begins at zero (see `kerasft.targets.classes.head`) and the bias where each label is as probable as it is
    common in training, so that the first epochs are not spent on learning that most labels are absent.

    Args:
        features: A KerasTensor (batch, channels): pooled features.
        schema: The labels.
        dropout: Share of features dropped while training, in [0, 1).
        seed: Seed of the dropout.

    Returns:
        A KerasTensor (batch, labels) of float32 logits.
    """
    shares = np.clip(schema.shares or [0.5] * len(schema.class_names), _RAREST, 1 - _RAREST)
    bias = np.log(shares / (1 - shares)).astype("float32")

    def as_common(shape: tuple[int, ...], dtype: str | None = None) -> keras.KerasTensor:
        return keras.ops.convert_to_tensor(bias, dtype)

    x = keras.layers.Dropout(dropout, seed=seed, name="dropout")(features)
    dense = keras.layers.Dense(
        len(bias), kernel_initializer="zeros", bias_initializer=as_common, dtype="float32", name="logits"
    )
    return dense(x)


def label_objective(
    schema: Labels, balanced: bool = False, smoothing: float = 0.0, focal_gamma: float = 0.0
) -> Objective:
    """Returns the objective for labels (batch, labels) of 0 and 1 and logits of the same shape.

    Epochs are ranked by the mean over the labels of the area under the precision-recall curve, which no threshold
    decides, and where it is equal by the log loss.

    Args:
        schema: The labels.
        balanced: Whether examples with a label and those without it weigh the same in total.
        smoothing: Share by which 0 and 1 are moved to the middle.
        focal_gamma: Of the focal loss: see `label_loss`; 0 is plain cross-entropy.
    """
    weights = label_weights(schema) if balanced else None
    curve = keras.metrics.AUC(
        curve="PR", multi_label=True, num_labels=len(schema.class_names), from_logits=True, name="pr_auc"
    )
    return Objective(
        loss=label_loss(weights, smoothing, focal_gamma),
        metrics=[curve, keras.metrics.BinaryCrossentropy(name="log_loss", from_logits=True)],
        better=(Better("pr_auc", higher=True), Better("log_loss", higher=False, least_gain=LEAST_GAIN)),
        chance=None if focal_gamma else math.log(2),
    )


def label_loss(
    weights: tuple[np.ndarray, np.ndarray] | None, smoothing: float, focal_gamma: float
) -> Callable[[keras.KerasTensor, keras.KerasTensor], keras.KerasTensor]:
    """Returns the binary cross-entropy (batch,) of labels and logits (batch, labels), the mean over the labels.

    Args:
        weights: Of present and of absent labels, each (labels,); None: all weigh the same.
        smoothing: Share by which 0 and 1 are moved to the middle.
        focal_gamma: The part of each label is multiplied by (1 - p) ** gamma, where p is the probability of what is
            right, so that what is easy counts less (Lin et al. 2017, "Focal Loss for Dense Object Detection").
    """

    def loss(expected: keras.KerasTensor, logits: keras.KerasTensor) -> keras.KerasTensor:
        parts = keras.ops.binary_crossentropy(
            expected * (1 - smoothing) + smoothing / 2, logits, from_logits=True
        )
        if weights is not None:
            present, absent = weights
            parts = parts * (expected * present + (1 - expected) * absent)
        if focal_gamma:
            probability = keras.ops.sigmoid(logits)
            wrong = expected * (1 - probability) + (1 - expected) * probability
            parts = parts * wrong**focal_gamma
        return keras.ops.mean(parts, axis=-1)

    return loss


def label_weights(schema: Labels) -> tuple[np.ndarray, np.ndarray]:
    """Returns the weights of present and of absent labels, float32 (labels,) each, that make both count alike.

    As scikit-learn's `compute_class_weight("balanced", ...)` of each label; 1 for a label that all have or none.
    """
    shares = np.array(schema.shares or [0.5] * len(schema.class_names))
    usable = (shares > 0) & (shares < 1)
    present, absent = (
        np.where(usable, 0.5 / np.where(usable, each, 1), 1).astype("float32")
        for each in (shares, 1 - shares)
    )
    return present, absent
