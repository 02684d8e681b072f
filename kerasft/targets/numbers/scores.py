"""The errors of one number: how large they are, and how many are within the prediction interval."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kerasft.base.json_values import JsonObject
from kerasft.base.statistics import Interval


@dataclass(frozen=True, eq=False)
class NumberScores:
    """How good the answers to one number are.

    Args:
        number: What it is called.
        unit: Its unit, or "".
        mean: Of the training split.
        truth: float64 (n,), the right ones.
        answers: float64 (n,), those of a model.
        half_width: How far the ends of the prediction interval are from the answer; None without intervals.
        coverage: The share of examples that intervals are to hold.
        groups: int (n,), which examples are drawn together for the 95 % intervals of scores; None: each by itself.
    """

    number: str
    unit: str
    mean: float
    truth: np.ndarray
    answers: np.ndarray
    half_width: float | None = None
    coverage: float = 0.0
    groups: np.ndarray | None = None

    @property
    def called(self) -> str:
        """Its name, with the unit in brackets."""
        return f"{self.number} ({self.unit})" if self.unit else self.number

    @property
    def behind(self) -> str:
        """The unit as it stands behind a number: " EUR", or ""."""
        return f" {self.unit}" if self.unit else ""

    @property
    def errors(self) -> np.ndarray:
        """float64 (n,): answer less truth, in the unit of the data."""
        return self.answers - self.truth

    @cached_property
    def error(self) -> Interval:
        """The mean absolute error with its 95 % interval, by bootstrap."""
        return Interval.of_mean(np.abs(self.errors), units=self.groups)

    @property
    def root_mean_square(self) -> float:
        """The root of the mean squared error, in the unit of the data."""
        return math.sqrt(float((self.errors**2).mean()))

    @property
    def r2(self) -> float | None:
        """The share of the variance that is explained, at most 1; None where all right answers are the same.

        As scikit-learn's `r2_score`.
        """
        variance = float(((self.truth - self.truth.mean()) ** 2).sum())
        return 1 - float((self.errors**2).sum()) / variance if variance else None

    @property
    def of_the_mean(self) -> float:
        """The mean absolute error of always answering the mean of training."""
        return float(np.abs(self.truth - self.mean).mean())

    @property
    def inside(self) -> np.ndarray | None:
        """Bool (n,): which right answers are within the prediction interval; None without intervals."""
        return None if self.half_width is None else np.abs(self.errors) <= self.half_width

    @cached_property
    def covered(self) -> Interval | None:
        """The share of right answers within the prediction interval, with its 95 % interval; None without intervals."""
        if self.inside is None:
            return None
        return Interval.of_mean(self.inside.astype("float64"), units=self.groups)

    def as_dict(self) -> JsonObject:
        """Returns the scores as a value for JSON."""
        return {
            "number": self.number,
            "unit": self.unit,
            "mean_absolute_error": self.error.value,
            "mean_absolute_error_interval": [self.error.low, self.error.high],
            "root_mean_squared_error": self.root_mean_square,
            "r2": self.r2,
            "mean_absolute_error_of_the_mean": self.of_the_mean,
            "prediction_interval": None
            if self.covered is None or self.half_width is None
            else {
                "coverage": self.coverage,
                "mean_width": 2 * self.half_width,
                "test_coverage": self.covered.value,
                "test_coverage_interval": [self.covered.low, self.covered.high],
            },
        }

    def lines(self) -> list[str]:
        """Returns the scores for a terminal, a line each."""
        error, unit = self.error, self.behind
        lines = [
            f"mean absolute error      {error.value:>10.4g}{unit}  (95 %: {error.low:.4g} to {error.high:.4g})",
            f"root mean squared error  {self.root_mean_square:>10.4g}{unit}",
            f"R2                       {'-' if self.r2 is None else f'{self.r2:.4f}':>10}",
            f"error of the mean        {self.of_the_mean:>10.4g}{unit}  (always answering {self.mean:.4g}, that of "
            "training)",
        ]
        if self.covered is not None and self.half_width is not None:
            held = f"holds {self.covered.value:.3f} of the true numbers, meant to hold {self.coverage:g}"
            lines.append(f"prediction interval      {f'+-{self.half_width:.4g}':>10}{unit}  ({held})")
        return lines
