"""The layers on top of a backbone that give classes with an order, and what is minimized and measured.

The model answers a question for each class but the last: of what is at least this, what share is more? Each answer is a
logit of its own, and the probability of a class is the product of those on the way to it, so that P(y > k) never rises
with k. Their cross-entropy is the loss of CORN: Shi, Cao and Raschka 2023, "Deep neural networks for rank-consistent
ordinal regression based on conditional probabilities". With one score and several thresholds for all (cumulative link)
errors were larger: see docs/order.md.
"""

from __future__ import annotations

from dataclasses import replace

import keras
import numpy as np

from kerasft.contract.objective import Better, Objective
from kerasft.contract.plan import Training
from kerasft.targets.classes.head import classification_objective


def order_head(features: keras.KerasTensor, num_classes: int, dropout: float, seed: int) -> keras.KerasTensor:
    """Adds dropout and a dense layer of `num_classes - 1` logits, in float32 whatever the model's precision.

    The kernel begins at zero (see `kerasft.targets.classes.head`) and the bias where all classes are alike probable.

    Args:
        features: A KerasTensor (batch, channels): pooled features.
        num_classes: From the lowest to the highest.
        dropout: Share of features dropped while training, in [0, 1).
        seed: Seed of the dropout.

    Returns:
        A KerasTensor (batch, num_classes) of float32 log probabilities: logits, to all that takes logits of classes.
    """
    above = np.log(np.arange(num_classes - 1, 0, -1)).astype("float32")

    def all_alike(shape: tuple[int, ...], dtype: str | None = None) -> keras.KerasTensor:
        return keras.ops.convert_to_tensor(above, dtype)

    x = keras.layers.Dropout(dropout, seed=seed, name="dropout")(features)
    dense = keras.layers.Dense(
        num_classes - 1,
        kernel_initializer="zeros",
        bias_initializer=all_alike,
        dtype="float32",
        name="logits",
    )
    return log_probabilities(dense(x))


def log_probabilities(more: keras.KerasTensor) -> keras.KerasTensor:
    """Returns the log probabilities (batch, classes) of logits (batch, classes - 1) of being more than each class.

    A class is reached by "more" at all that are lower, and by not being more itself. The softplus is made of what
    every `.tflite` runtime has, and its slope at 0 is right.
    """
    on_the_way = np.triu(np.ones((more.shape[-1], more.shape[-1] + 1), "float32"))  # to each class (columns)
    passed = np.triu(on_the_way, 1)
    size = keras.ops.abs(more)
    even = size / 2 + keras.ops.log(1 + keras.ops.exp(-size))  # softplus(x) is x / 2 and this
    return keras.ops.matmul(more, passed - on_the_way / 2) - keras.ops.matmul(even, on_the_way)


def order_objective(num_classes: int, training: Training) -> Objective:
    """Returns the objective for one-hot labels (batch, num_classes) and log probabilities of the same shape.

    Epochs are ranked by the mean absolute error in steps and, where it is equal, by the log loss.
    """
    classes = np.arange(num_classes, dtype="float32")

    def absolute_error(expected: keras.KerasTensor, logits: keras.KerasTensor) -> keras.KerasTensor:
        truth = keras.ops.sum(expected * classes, axis=-1)
        up_to = keras.ops.cumsum(keras.ops.softmax(logits), axis=-1)
        median = keras.ops.sum(keras.ops.cast(up_to < 0.5, logits.dtype), axis=-1)
        return keras.ops.abs(median - truth)

    plain = classification_objective(num_classes, training.label_smoothing, training.focal_gamma)
    _, log_loss = plain.better
    error = Better("mean_absolute_error", higher=False)
    metric = keras.metrics.MeanMetricWrapper(absolute_error, name=error.metric)
    return replace(plain, metrics=[metric, *plain.metrics], better=(error, log_loss))
