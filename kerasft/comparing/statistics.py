"""Whether two models differ: on the same examples, example by example.

Two accuracies with overlapping intervals may still differ for sure, because the models were asked the same questions:
only the examples on which one is right and the other wrong tell them apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kerasft.base.shares import SHARE, wilson

RESAMPLES = 10_000


@dataclass(frozen=True)
class Pair:
    """Two models on the same examples.

    Args:
        only_first: Examples that only the first has right.
        only_second: Examples that only the second has right.
        difference: Accuracy of the first less that of the second.
        low: 2.5th percentile of the difference over bootstrap resamples of the examples.
        high: 97.5th percentile.
        p_value: Of McNemar's exact test, two-sided, for this pair alone.
    """

    only_first: int
    only_second: int
    difference: float
    low: float
    high: float
    p_value: float


def accuracy_interval(right: int, count: int) -> tuple[float, float]:
    """Returns the 95 % interval of a share: see `kerasft.base.shares`."""
    return wilson(right, count)


def compare_pair(first: np.ndarray, second: np.ndarray, resamples: int = RESAMPLES, seed: int = 0) -> Pair:
    """Compares two models.

    The bootstrap draws examples, so that both models are always asked the same ones. An example counts 1, 0 or -1 for
    the difference, and how often each is drawn is multinomial: no example has to be drawn in fact.

    Args:
        first: bool (examples,), whether the first model has each example right.
        second: The same for the second model, in the same order.
        resamples: How often the examples are drawn.
        seed: Of the draws.
    """
    from scipy.stats import binomtest

    count = len(first)
    only_first, only_second = int(np.sum(first & ~second)), int(np.sum(second & ~first))
    shares = np.array([only_first, only_second, count - only_first - only_second]) / count
    draws = np.random.default_rng(seed).multinomial(count, shares, resamples)
    low, high = np.percentile((draws[:, 0] - draws[:, 1]) / count, [50 * (1 - SHARE), 50 * (1 + SHARE)])
    differing = only_first + only_second
    p_value = float(binomtest(only_first, differing, 0.5).pvalue) if differing else 1.0
    return Pair(only_first, only_second, (only_first - only_second) / count, float(low), float(high), p_value)


def holm(p_values: Sequence[float]) -> list[float]:
    """Returns the p-values adjusted for their number (Holm, 1979), in the same order.

    The chance that any pair without a difference is called different stays below the level, for all pairs together.
    """
    order = np.argsort(p_values, kind="stable")
    adjusted, highest = [0.0] * len(p_values), 0.0
    for place, index in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - place) * p_values[index]))
        adjusted[index] = highest
    return adjusted
