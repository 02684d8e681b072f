"""How sure a share is: one method, for every accuracy that kerasft shows.

Wilson's score interval (1927, "Probable Inference, the Law of Succession, and Statistical Inference") stays within 0
and 1, and has a width even where all of the examples are right, which resampling can't have. It says what another test
split of this size could have shown, not what another training would have.
"""

from __future__ import annotations

import math

SHARE = 0.95
_Z = 1.959963984540054  # the normal distribution's 97.5th percentile

Interval = tuple[float, float]


def wilson(right: int, count: int) -> Interval:
    """Returns the 95 % interval of a share.

    Args:
        right: Examples that are right.
        count: All of them, at least 1.
    """
    share, square = right / count, _Z * _Z
    centre = share + square / (2 * count)
    half = _Z * math.sqrt(share * (1 - share) / count + square / (4 * count * count))
    scale = 1 + square / count
    low = 0.0 if right == 0 else max(0.0, (centre - half) / scale)
    return low, 1.0 if right == count else min(1.0, (centre + half) / scale)


def in_words(interval: Interval) -> str:
    """Returns "95 %: 0.9620 to 0.9943"."""
    return f"95 %: {interval[0]:.4f} to {interval[1]:.4f}"
