"""Classes as numbers: one-hot rows for the loss, and weights that make classes count alike."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def one_hot(num_classes: int) -> Callable[[np.ndarray], np.ndarray]:
    """Returns a function from labels, int (batch,), to float32 rows (batch, num_classes)."""
    rows = np.eye(num_classes, dtype=np.float32)
    return lambda labels: rows[labels]


def class_weigher(labels: np.ndarray, num_classes: int) -> Callable[[np.ndarray], np.ndarray]:
    """Returns a function from one-hot rows (batch, classes) to the weights of their classes: float32 (batch,).

    Of mixed rows (MixUp, CutMix), that is the mean of the weights of their classes.

    Args:
        labels: (n,) class indexes of the training split, whose balance decides (see `class_weights`).
        num_classes: Number of classes.
    """
    weights = class_weights(labels, num_classes)
    return lambda encoded: encoded @ weights


def even_draw(labels: np.ndarray) -> Callable[[np.random.Generator], np.ndarray]:
    """Returns a function from a generator to the rows of an epoch, as many as there are labels, of each class alike.

    Of a class with few examples each is there several times, as often as its others or once more; of one with many,
    some are left to another epoch.

    Args:
        labels: (n,) class indexes of the training split.
    """
    own = [np.flatnonzero(labels == label) for label in np.unique(labels)]

    def draw(rng: np.random.Generator) -> np.ndarray:
        starts = np.linspace(0, len(labels), len(own) + 1).round().astype(int)
        counts = rng.permutation(np.diff(starts))
        rows = [
            np.concatenate([rng.permutation(each) for _ in range(-(-count // len(each)))])[:count]
            for each, count in zip(own, counts, strict=True)
        ]
        return rng.permutation(np.concatenate(rows))

    return draw


def class_weights(labels: np.ndarray, num_classes: int) -> np.ndarray:
    """Returns the factors that make classes count alike: n / (classes * count), float32 (classes,).

    The same as scikit-learn's `compute_class_weight("balanced", ...)`; a class without examples gets 0.

    Args:
        labels: (n,) class indexes.
        num_classes: Number of classes.
    """
    counts = np.bincount(labels, minlength=num_classes)
    weights = len(labels) / (num_classes * np.maximum(counts, 1))
    return np.where(counts > 0, weights, 0).astype(np.float32)
