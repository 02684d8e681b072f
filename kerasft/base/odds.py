"""Probabilities as log-odds, which still tell differences where a probability is close to 1."""

from __future__ import annotations

import numpy as np

LEAST = 1e-7
STEPS = 256  # of probabilities in files of integers, whose last is left out


def own_log_odds(probabilities: np.ndarray) -> np.ndarray:
    """Returns ln(p / (1 - p)) of probabilities (n,), each by itself, float64 (n,).

    A file of integers knows none between 0 and its smallest step: where all are steps of these, 0 and 1 are taken to be
    half of one away.
    """
    own = probabilities.astype("float64")
    least = 0.5 / STEPS if np.array_equal(own * STEPS, np.rint(own * STEPS)) else LEAST
    return np.log(np.maximum(own, least)) - np.log(np.maximum(1 - own, least))


def log_odds(probabilities: np.ndarray, target: int) -> np.ndarray:
    """Returns ln(p / (1 - p)) of one class, float64 (n,); 1 - p is the sum over the other classes, which is exact.

    A file of integers knows no probability between 0 and its smallest step: 0 is taken for half of the smallest
    that was seen.

    Args:
        probabilities: (n, classes).
        target: The class.
    """
    probabilities = probabilities.astype("float64")
    seen = probabilities[probabilities > 0]
    least = max(LEAST, float(seen.min()) / 2) if len(seen) else LEAST
    own = np.maximum(probabilities[:, target], least)
    others = np.maximum(np.delete(probabilities, target, axis=1).sum(axis=1), least)
    return np.log(own) - np.log(others)
