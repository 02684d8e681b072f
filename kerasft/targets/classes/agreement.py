"""How far apart two programs' probabilities of the same classes are.

Log probabilities are the logits up to a constant, which files of probabilities do not give. Where a model is sure,
all its probabilities are 0 and 1, and only logarithms show a fault.
"""

from __future__ import annotations

import math

import numpy as np

from kerasft.networks.rounding import STANDARD_DEVIATIONS, UNIT

SMALLEST = 1e-30  # smaller probabilities are not told apart: below 1e-38 some processors answer 0
_SOFTMAX = 4  # units


def largest_difference(first: np.ndarray, second: np.ndarray) -> float:
    """Returns the largest absolute difference of two arrays of probabilities; NaN stays NaN."""
    return float(np.max(np.abs(first.astype("float64") - second.astype("float64"))))


def log_distance(first: np.ndarray, second: np.ndarray) -> float:
    """Returns how far apart probabilities (n, classes) are: the largest difference of their logarithms; NaN stays."""
    logarithms = [np.log(np.maximum(each.astype("float64"), SMALLEST)) for each in (first, second)]
    return float(np.max(np.abs(logarithms[0] - logarithms[1]), initial=0))


def softmax_rounding(probabilities: np.ndarray) -> float:
    """Returns by how much a float32 softmax moves the logarithms of probabilities (n, classes).

    The argument of its exponential rounds by a unit of itself, the exponential and the division by about two units
    each, and the sum by sqrt(classes) units.
    """
    least_sure = -math.log(max(float(probabilities.min()), SMALLEST))
    return UNIT * (least_sure + _SOFTMAX + math.sqrt(probabilities.shape[1]))


def sum_limit(classes: int) -> float:
    """Returns how far float32 probabilities may sum to another number than one: what the softmax does to their sum."""
    return STANDARD_DEVIATIONS * UNIT * (_SOFTMAX + math.sqrt(classes))


def sum_faults(probabilities: np.ndarray) -> list[str]:
    """Returns that probabilities (n, classes) don't sum to one, in words, if so."""
    off = float(np.max(np.abs(probabilities.astype("float64").sum(axis=1) - 1)))
    limit = sum_limit(probabilities.shape[1])
    return [f"probabilities sum to one only within {off:.2g}, allowed {limit:.2g}"] if off > limit else []
