"""How good answers are that are one of several classes with an order: errors in steps, beside the scores of classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from kerasft.base.errors import Problem
from kerasft.base.json_values import JsonObject
from kerasft.base.shares import in_words
from kerasft.base.statistics import RESAMPLES, Interval, resampled, resampled_units
from kerasft.targets.classes.evaluation import ClassEvaluation
from kerasft.targets.classes.measuring import measure
from kerasft.targets.order.schema import Order


@dataclass(frozen=True, eq=False, kw_only=True)
class OrderEvaluation(ClassEvaluation):
    """How good answers are that are one of several classes with an order; the answer is the median."""

    score_name: ClassVar[str] = "mean absolute error"
    higher_is_better: ClassVar[bool] = False

    @property
    def schema(self) -> Order:
        """The classes, in their order."""
        return Order(self.class_names)

    @property
    def steps(self) -> np.ndarray:
        """int64 (examples,): by how many steps an answer is too high; below 0 it is too low."""
        return self.predictions - self.labels

    @property
    def score(self) -> float:
        """The mean absolute error, in steps from class to class."""
        return float(np.abs(self.steps).mean())

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the mean absolute error, by bootstrap."""
        found = self.error_interval
        return found.low, found.high

    @property
    def error_interval(self) -> Interval:
        """The mean absolute error with its 95 % interval."""
        return Interval.of_mean(np.abs(self.steps).astype("float64"), units=self.unit_numbers)

    @property
    def middle(self) -> int:
        """The class in the middle of these examples: no other is a better answer to all of them."""
        return int(np.quantile(self.labels, 0.5, method="inverted_cdf"))

    @property
    def of_the_middle(self) -> float:
        """The mean absolute error of always answering the class in the middle."""
        return float(np.abs(self.labels - self.middle).mean())

    @property
    def kappa(self) -> float | None:
        """Cohen's kappa with squared steps as weights: see `quadratic_kappa`; None where it isn't defined."""
        value = float(quadratic_kappa(self.labels, self.predictions))
        return value if np.isfinite(value) else None

    @property
    def kappa_interval(self) -> Interval | None:
        """Quadratic kappa with its 95 % interval, by bootstrap; draws in which it isn't defined don't count."""
        if self.kappa is None:
            return None
        count = len(self.labels)
        rows_of = (
            resampled(count, RESAMPLES, 0)
            if self.units is None
            else resampled_units(self.units.numbers, RESAMPLES, 0)
        )
        draws = [quadratic_kappa(self.labels[rows], self.predictions[rows]) for rows in rows_of]
        found = np.concatenate(draws)
        return Interval.of(self.kappa, found[np.isfinite(found)])

    @property
    def metrics(self) -> Mapping[str, float]:
        """Mean absolute error, quadratic kappa, accuracy, log loss and macro F1."""
        kappa = {} if self.kappa is None else {"quadratic kappa": self.kappa}
        return {self.score_name: self.score, **kappa, **super().metrics}

    @property
    def per_example(self) -> np.ndarray:
        """float64 (examples,): the steps between answer and truth with a minus, so that more is better."""
        return -np.abs(self.steps).astype("float64")

    def mistakes(self) -> np.ndarray:
        """Returns the rows of all wrong answers, those farthest off first, and of equals the most confident."""
        wrong = np.flatnonzero(~self.right)
        return wrong[np.lexsort((-self.confidence[wrong], -np.abs(self.steps[wrong])))]

    def mismatch(self, other: ClassEvaluation, both: str) -> Problem | None:
        """Returns a problem where the classes are other ones, or in another order."""
        found = super().mismatch(other, both)
        if found is not None or self.class_names == other.class_names:
            return found
        received = " and ".join(", ".join(each.class_names) for each in (self, other))
        return Problem(f"{both} have classes in another order", received, "compare models of the same order")

    def as_dict(self) -> JsonObject:
        """Returns all but the single examples, as a value for JSON (numbers are finite, or None)."""
        kappa = self.kappa_interval
        return {
            "mean_absolute_error": self.score,
            "mean_absolute_error_interval": list(self.interval),
            "mean_absolute_error_of_the_middle": self.of_the_middle,
            "quadratic_kappa": self.kappa,
            "quadratic_kappa_interval": None if kappa is None else [kappa.low, kappa.high],
            **super().as_dict(),
        }

    def main_numbers(self) -> list[tuple[str, str, str]]:
        """Returns the numbers that stand first, as text: names, values, and what stands behind."""
        kappa = self.kappa_interval
        shown = (
            ("-", "") if kappa is None else (f"{kappa.value:.4f}", f"  ({in_words((kappa.low, kappa.high))})")
        )
        return [
            (self.score_name, f"{self.score:.4f}", f"  steps ({in_words(self.interval)})"),
            ("quadratic kappa", *shown),
            *super().main_numbers(),
        ]


def quadratic_kappa(labels: np.ndarray, predictions: np.ndarray) -> np.ndarray:
    """Returns Cohen's kappa with squared differences as weights (...), of classes (..., examples).

    As scikit-learn's `cohen_kappa_score(..., weights="quadratic")`: 1 less the mean square between both, divided by
    what it would be if they didn't depend on each other. NaN where all of both are the same class.
    """
    truth, said = labels.astype("float64"), predictions.astype("float64")
    found = ((truth - said) ** 2).mean(axis=-1)
    by_chance = (
        (truth**2).mean(axis=-1) + (said**2).mean(axis=-1) - 2 * truth.mean(axis=-1) * said.mean(axis=-1)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(by_chance > 0, 1 - found / by_chance, np.nan)


def measure_order(
    answers: np.ndarray, targets: np.ndarray, schema: Order, ids: Sequence[str]
) -> OrderEvaluation:
    """Measures probabilities (n, classes) on classes (n,): see `kerasft.targets.classes.measuring.measure`."""
    found = measure(targets, answers, schema.class_names, ids, schema.decide)
    return OrderEvaluation(**vars(found))
