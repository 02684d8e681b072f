"""How sure the numbers of a test split are, and whether two models differ on the same examples.

Shares have Wilson's interval (`kerasft.base.shares`), other means a percentile bootstrap: the examples are drawn again,
as many as there are, with replacement, and the metric's values over many such draws show how much it would have
differed on another test split of this size. Source: Efron and Tibshirani 1993, "An Introduction to the Bootstrap",
chapter 13.3.

Two accuracies with overlapping intervals may still differ for sure, because the models were asked the same questions:
only the examples on which one is better than the other tell them apart.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from kerasft.base.shares import SHARE, wilson

RESAMPLES = 1000
PAIR_RESAMPLES = 10_000
_VALUES_AT_ONCE = 2_000_000


@dataclass(frozen=True)
class Interval:
    """A metric and its 95 % interval.

    Args:
        value: On the examples themselves.
        low: Its lower end; of a bootstrap, the 2.5th percentile over the resamples.
        high: Its upper end; of a bootstrap, the 97.5th percentile.
    """

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, value: float, draws: np.ndarray) -> Interval:
        """Returns the interval of a metric's values over the resamples (resamples,)."""
        low, high = np.percentile(draws, [50 * (1 - SHARE), 50 * (1 + SHARE)])
        return cls(float(value), float(low), float(high))

    @classmethod
    def of_share(cls, right: int, count: int) -> Interval:
        """Returns a share and Wilson's interval."""
        return cls(right / count, *wilson(right, count))

    @classmethod
    def of_mean(
        cls,
        values: np.ndarray,
        resamples: int = RESAMPLES,
        seed: int = 0,
        units: np.ndarray | None = None,
    ) -> Interval:
        """Returns the mean of a value per example: Wilson's interval where all are 0 or 1, else a bootstrap.

        Args:
            values: (n,), one per example.
            resamples: Of the bootstrap.
            seed: Of the bootstrap.
            units: int (n,), which examples belong together: see `resampled_units`. None where none do, or all do.
        """
        if units is not None:
            return cls._of_units(values, units, resamples, seed)
        if are_shares(values):
            return cls.of_share(int(values.sum()), len(values))
        return cls.of(values.mean(), _means(values, resamples, seed))

    @classmethod
    def _of_units(cls, values: np.ndarray, units: np.ndarray, resamples: int, seed: int) -> Interval:
        sums, sizes = np.bincount(units, values), np.bincount(units)
        sums, sizes = sums[sizes > 0], sizes[sizes > 0]
        if (
            are_shares(values) and values.min() == values.max()
        ):  # resampling shows nothing else: units are counted
            return cls.of_share(len(sizes) * int(values.min()), len(sizes))
        drawn = np.random.default_rng(seed).integers(0, len(sizes), (resamples, len(sizes)))
        return cls.of(values.mean(), sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1))

    def minus(self, other: Interval) -> Interval:
        """Returns the difference to another metric, of different examples.

        Its interval is made of both: Newcombe 1998, "Interval estimation for the difference between independent
        proportions", method 10.
        """
        difference = self.value - other.value
        below = math.hypot(self.value - self.low, other.high - other.value)
        above = math.hypot(self.high - self.value, other.value - other.low)
        return Interval(difference, difference - below, difference + above)

    def as_dict(self) -> dict[str, float]:
        """Returns it as a value for JSON."""
        return {"value": self.value, "low": self.low, "high": self.high}


def are_shares(values: np.ndarray) -> bool:
    """Whether all values are 0 or 1: their mean is a share."""
    return bool(np.isin(values, (0, 1)).all())


def resampled(count: int, resamples: int, seed: int) -> Iterator[np.ndarray]:
    """Yields the rows of resamples, int64 (some, count), so many at once that memory isn't filled.

    Args:
        count: Of the examples.
        resamples: How often the examples are drawn.
        seed: Of the draws; the same seed gives the same rows.
    """
    rng = np.random.default_rng(seed)
    for some in _sizes(count, resamples):
        yield rng.integers(0, count, (some, count))


def resampled_units(units: np.ndarray, resamples: int, seed: int) -> Iterator[np.ndarray]:
    """Yields the rows of each resample, int64 (1, some), in which whole units are drawn: a cluster bootstrap.

    Examples of one patient or customer are right or wrong together, so that they say less than as many of others.
    Source: Davison and Hinkley 1997, "Bootstrap Methods and their Application", section 3.8.

    Args:
        units: int (examples,), the unit of each example; at least two units.
        resamples: How often the units are drawn, as many as there are.
        seed: Of the draws.
    """
    order = np.argsort(units, kind="stable")
    members = np.split(order, np.flatnonzero(np.diff(units[order])) + 1)
    for drawn in np.random.default_rng(seed).integers(0, len(members), (resamples, len(members))):
        yield np.concatenate([members[each] for each in drawn])[None]


def draw_counts(
    count: int, units: np.ndarray | None, resamples: int = RESAMPLES, seed: int = 0
) -> np.ndarray:
    """Returns how often each resample drew each example, int32 (resamples, count); of units, whole ones are drawn."""
    drawn = resampled(count, resamples, seed) if units is None else resampled_units(units, resamples, seed)
    return np.array([np.bincount(row, minlength=count).astype("int32") for rows in drawn for row in rows])


def _sizes(count: int, resamples: int) -> Iterator[int]:
    at_once = max(1, _VALUES_AT_ONCE // count)
    for start in range(0, resamples, at_once):
        yield min(at_once, resamples - start)


def _means(values: np.ndarray, resamples: int, seed: int) -> np.ndarray:
    return np.concatenate([values[rows].mean(axis=1) for rows in resampled(len(values), resamples, seed)])


@dataclass(frozen=True)
class Pair:
    """Two models on the same examples.

    Args:
        only_first: Examples on which the first is better; of classes: that only the first has right.
        only_second: Examples on which the second is better.
        difference: Mean score of the first less that of the second; of classes: of their accuracies.
        low: 2.5th percentile of the difference over bootstrap resamples of the examples.
        high: 97.5th percentile.
        p_value: Two-sided, for this pair alone: of McNemar's exact test (1947) where all scores are 0 or 1, else of a
            permutation test, in which each example gives either model either score.
    """

    only_first: int
    only_second: int
    difference: float
    low: float
    high: float
    p_value: float


def compare_pair(
    first: np.ndarray,
    second: np.ndarray,
    resamples: int = PAIR_RESAMPLES,
    seed: int = 0,
    units: np.ndarray | None = None,
) -> Pair:
    """Compares two models.

    The bootstrap draws examples, so that both models are always asked the same ones; or units, where some belong
    together: these are also what the permutation test exchanges, then of right and wrong answers too.

    Args:
        first: (examples,) how good each answer of the first model is, more is better; bool, or 0 and 1: right or not.
        second: The same for the second model, in the same order.
        resamples: How often the examples are drawn.
        seed: Of the draws.
        units: int (examples,), which examples belong together: see `resampled_units`.
    """
    better = int(np.sum(first > second)), int(np.sum(second > first))
    if units is None and are_shares(first) and are_shares(second):
        return Pair(*better, *_compare_shares(*better, len(first), resamples, seed))
    differences = np.asarray(first, "float64") - second
    numbers = np.arange(len(differences)) if units is None else np.unique(units, return_inverse=True)[1]
    sums, sizes = np.bincount(numbers, differences), np.bincount(numbers)
    return Pair(*better, *_compare_units(sums, sizes, resamples, seed))


def _compare_shares(first: int, second: int, count: int, resamples: int, seed: int) -> tuple[float, ...]:
    """An example counts 1, 0 or -1 for the difference, and how often each is drawn is multinomial: none is drawn."""
    from scipy.stats import binomtest

    shares = np.array([first, second, count - first - second]) / count
    draws = np.random.default_rng(seed).multinomial(count, shares, resamples)
    found = Interval.of((first - second) / count, (draws[:, 0] - draws[:, 1]) / count)
    p_value = float(binomtest(first, first + second, 0.5).pvalue) if first + second else 1.0
    return found.value, found.low, found.high, p_value


def _compare_units(
    sums: np.ndarray, sizes: np.ndarray, resamples: int, seed: int
) -> tuple[float, float, float, float]:
    """Compares by the sums of the differences in each unit, and the units' sizes."""
    count = len(sums)
    draws = [sums[rows].sum(axis=1) / sizes[rows].sum(axis=1) for rows in resampled(count, resamples, seed)]
    found = Interval.of(sums.sum() / sizes.sum(), np.concatenate(draws))
    rng, extreme = np.random.default_rng(seed), 1  # the answers as they are, are one of the permutations
    for some in _sizes(count, resamples):
        flipped = np.where(rng.random((some, count)) < 0.5, sums, -sums).sum(axis=1) / sizes.sum()
        extreme += int(np.sum(np.abs(flipped) >= abs(found.value) * (1 - 1e-12)))
    return found.value, found.low, found.high, extreme / (resamples + 1)


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


def softmax(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """Turns logits (n, classes) into float32 probabilities; the sums are done in float64."""
    logits = logits.astype("float64") / temperature
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (powers / powers.sum(axis=1, keepdims=True)).astype("float32")


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """Turns logits of any shape into float32 probabilities, each by itself; computed in float64."""
    with np.errstate(over="ignore"):
        return (1 / (1 + np.exp(-logits.astype("float64")))).astype("float32")
