"""How far apart two programs' probabilities of the classes of pixels are."""

from __future__ import annotations

import math

import numpy as np

from kerasft.networks.rounding import STANDARD_DEVIATIONS, UNIT

_SOFTMAX = 4  # units


def classes_of(probabilities: np.ndarray) -> np.ndarray:
    """Returns the most probable class of each pixel: uint8 (n, height, width)."""
    return np.stack([each.argmax(axis=-1).astype(np.uint8) for each in probabilities])


def pixels_agreed(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Returns the share of pixels (n,) to which probabilities (n, height, width, classes) give the same class."""
    pairs = zip(first, second, strict=True)
    return np.array([(one.argmax(axis=-1) == other.argmax(axis=-1)).mean() for one, other in pairs])


def largest_difference(first: np.ndarray, second: np.ndarray) -> float:
    """Returns the largest absolute difference of probabilities; NaN stays NaN."""
    pairs = zip(first, second, strict=True)
    return float(max((np.max(np.abs(one.astype("float64") - other)) for one, other in pairs), default=0.0))


def softmax_rounding(classes: int) -> float:
    """Returns by how much a float32 softmax moves a probability."""
    return UNIT * (_SOFTMAX + math.sqrt(classes))


def sum_faults(probabilities: np.ndarray) -> list[str]:
    """Returns that probabilities don't sum to one, in words, if so."""
    classes = probabilities.shape[-1]
    limit = STANDARD_DEVIATIONS * softmax_rounding(classes)
    off = max(
        (float(np.abs(each.sum(axis=-1, dtype="float64") - 1).max()) for each in probabilities), default=0.0
    )
    return [f"probabilities sum to one only within {off:.2g}, allowed {limit:.2g}"] if off > limit else []
