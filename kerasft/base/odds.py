"""Probabilities as log-odds, which still tell differences where a probability is close to 1."""

from __future__ import annotations

import numpy as np

LEAST = 1e-7


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
