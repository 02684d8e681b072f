"""Numbers that are far from all others, by median and median absolute deviation, which outliers hardly move.

Source: Leys et al. 2013, "Detecting outliers", Journal of Experimental Social Psychology 49(4).
"""

from __future__ import annotations

import numpy as np

FAR = 6.0  # robust deviations from the median
_NORMAL = 1.4826  # a normal distribution's standard deviation, in median absolute deviations


def robust_distances(values: np.ndarray) -> np.ndarray | None:
    """Returns how many robust deviations each of (n,) numbers is from the median; None where half of them are equal."""
    middle = float(np.median(values))
    deviation = _NORMAL * float(np.median(np.abs(values - middle)))
    return np.abs(values - middle) / deviation if deviation else None


def far_rows(values: np.ndarray) -> np.ndarray:
    """Returns the rows of numbers (n,) beyond 6 robust deviations from the median, the farthest first."""
    far = robust_distances(values)
    if far is None:
        return np.zeros(0, np.int64)
    order = np.argsort(-far, kind="stable")
    return order[far[order] > FAR]
