"""How far apart two programs' probabilities of the same labels are, and what rounding does to a sigmoid.

Where a model is sure, probabilities are 0 or 1 and show no fault, so they are compared as log odds, which the sigmoid
came from. Near 0 and 1 a float32 probability has few digits left, and some kernels of the sigmoid are right to a share
of 1 and not of the probability itself (onnxruntime cuts it off at 18): `EDGE` keeps both out of the comparison.
"""

from __future__ import annotations

import numpy as np

from kerasft.networks.rounding import UNIT

EDGE = 0.01  # a probability this far from 0 or 1 is compared half as sharply as log odds
_SIGMOID = 8  # units of 1


def labels_agreed(decided: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Returns the share of labels (n,) on which two decisions, bool (n, labels), agree."""
    return (decided == expected).mean(axis=1)


def largest_difference(first: np.ndarray, second: np.ndarray) -> float:
    """Returns the largest absolute difference of two arrays of probabilities; NaN stays NaN."""
    return float(np.max(np.abs(first.astype("float64") - second.astype("float64")), initial=0))


def odds_distance(first: np.ndarray, second: np.ndarray) -> float:
    """Returns the largest difference of log odds between probabilities, less sharp near 0 and 1; NaN stays."""
    one, other = (each.astype("float64") for each in (first, second))
    return float(np.max(np.abs(one - other) * _sharpness((one + other) / 2), initial=0))


def sigmoid_rounding(probabilities: np.ndarray) -> float:
    """Returns by how much a float32 sigmoid moves `odds_distance` of probabilities (n, labels)."""
    return float(np.max(_SIGMOID * UNIT * _sharpness(probabilities.astype("float64")), initial=0))


def _sharpness(probabilities: np.ndarray) -> np.ndarray:
    return 1 / (np.maximum(probabilities * (1 - probabilities), 0) + EDGE)
