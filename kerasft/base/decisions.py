"""How sure precision, recall and F1 of one class or label are.

All three are shares, so that they have Wilson's interval: recall is the share of right ones among the examples that are
of a class, precision the share among those that are said to be. F1 is 2 J / (1 + J), where J is the share among those
that are either; it grows with J, so that the ends of J's interval give its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kerasft.base.statistics import Interval

FEWEST = 5  # examples with a class, or without: draws of fewer show too little
_SAME = 1e-9  # what sums that are made in another order differ by


@dataclass(frozen=True)
class DecisionIntervals:
    """The 95 % intervals of one class or label; None where there is nothing that a share could be of.

    Args:
        precision: Of the examples that are said to be of it.
        recall: Of those that are of it.
        f1: Both in one.
    """

    precision: Interval | None
    recall: Interval | None
    f1: Interval | None

    @classmethod
    def of(cls, there: np.ndarray, said: np.ndarray, units: np.ndarray | None = None) -> DecisionIntervals:
        """Returns the intervals of decisions.

        Args:
            there: bool (n,), which examples are of the class.
            said: bool (n,), which are said to be.
            units: int (n,), which examples belong together, and are drawn as a whole: see `Interval.of_mean`.
        """

        def share(among: np.ndarray) -> Interval | None:
            right = (there & said)[among].astype("float64")
            return (
                Interval.of_mean(right, units=None if units is None else units[among]) if len(right) else None
            )

        either = share(there | said)
        f1 = None if either is None else Interval(*map(_f1, (either.value, either.low, either.high)))
        return cls(share(said), share(there), f1)


def _f1(either: float) -> float:
    return 2 * either / (1 + either)


def drawn_interval(score: float | None, draws: np.ndarray) -> Interval | None:
    """Returns the interval of a score by its values over draws (resamples,); NaN where a draw has none.

    Returns:
        None where there is no score, or all draws have the same: they would say that nothing can differ.
    """
    draws = draws[~np.isnan(draws)]
    if score is None or not len(draws) or np.ptp(draws) < _SAME:
        return None
    return Interval.of(score, draws)


def share_of(parts: np.ndarray, wholes: np.ndarray) -> np.ndarray:
    """Returns float64 parts of wholes of one shape, NaN where a whole is 0."""
    return np.divide(parts, wholes, out=np.full(np.shape(wholes), np.nan), where=wholes > 0)
