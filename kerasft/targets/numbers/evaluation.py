"""How good answers are that are a number: errors, as a plain table and as files."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from kerasft.base import files
from kerasft.base.csv_cells import csv_text
from kerasft.base.errors import InputError, KerasftError, Problem
from kerasft.base.json_values import JsonObject
from kerasft.base.statistics import Interval
from kerasft.contract.evaluation import Evaluation
from kerasft.targets.numbers.schema import Numbers

FILES = ("metrics.json", "predictions.csv")


@dataclass(frozen=True, eq=False, kw_only=True)
class NumberEvaluation(Evaluation):
    """How good answers are that are a number.

    Args:
        numbers: What they are.
        truth: float64 (n,), the right ones.
        answers: float64 (n,), those of a model.
    """

    score_name: ClassVar[str] = "mean absolute error"
    higher_is_better: ClassVar[bool] = False

    numbers: Numbers
    truth: np.ndarray
    answers: np.ndarray

    @property
    def errors(self) -> np.ndarray:
        """float64 (n,): answer less truth, in the unit of the data."""
        return self.answers - self.truth

    @property
    def score(self) -> float:
        """The mean absolute error, in the unit of the data."""
        return float(np.abs(self.errors).mean())

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the mean absolute error, by bootstrap."""
        found = Interval.of_mean(
            np.abs(self.errors), units=None if self.units is None else self.units.numbers
        )
        return found.low, found.high

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
        return float(np.abs(self.truth - self.numbers.mean).mean())

    @property
    def metrics(self) -> Mapping[str, float]:
        """Mean absolute error, root mean squared error and R2."""
        r2 = {} if self.r2 is None else {"r2": self.r2}
        return {self.score_name: self.score, "root mean squared error": self.root_mean_square, **r2}

    @property
    def per_example(self) -> np.ndarray:
        """float64 (n,): the absolute error with a minus, so that more is better."""
        return -np.abs(self.errors)

    @property
    def expected(self) -> tuple[str, ...]:
        """The right numbers."""
        return tuple(self.numbers.to_text(self.truth, row) for row in range(len(self.truth)))

    @property
    def schema(self) -> Numbers:
        """What the numbers are."""
        return self.numbers

    def mistakes(self) -> np.ndarray:
        """Returns all rows, those with the largest errors first."""
        return np.argsort(-np.abs(self.errors), kind="stable")

    def mismatch(self, other: NumberEvaluation, both: str) -> Problem | None:
        """Returns a problem where they are called differently."""
        names = [each.numbers.number for each in (self, other)]
        if names[0] == names[1]:
            return None
        return Problem(
            f"{both} are about other numbers", " and ".join(names), "compare models of the same number"
        )

    def as_dict(self) -> JsonObject:
        """Returns all but the single examples, as a value for JSON."""
        return {
            "examples": len(self.truth),
            "drawn": self.drawn,
            "left_out": list(self.left_out),
            "seen_in_training": None if self.seen is None else self.seen.count,
            "artifact": self.artifact,
            "number": self.numbers.number,
            "mean_absolute_error": self.score,
            "mean_absolute_error_interval": list(self.interval),
            "root_mean_squared_error": self.root_mean_square,
            "r2": self.r2,
            "mean_absolute_error_of_the_mean": self.of_the_mean,
        }

    def write(self, folder: str | Path) -> Path:
        """Writes metrics.json and predictions.csv; each file is replaced in one step. Returns the folder."""
        folder = Path(folder)
        files.write_json(folder / "metrics.json", self.as_dict())
        columns = zip(self.ids, self.truth, self.answers, self.errors, strict=True)
        rows = [(each, *(f"{value:.6g}" for value in values)) for each, *values in columns]
        header = ("id", self.numbers.number, "prediction", "error")
        files.write_text(folder / "predictions.csv", csv_text([header, *rows]))
        return folder

    def __str__(self) -> str:
        (low, high), mean = self.interval, self.numbers.mean
        r2 = "-" if self.r2 is None else f"{self.r2:.4f}"
        lines = [
            *([f"{self.artifact}\n"] if self.artifact else []),
            f"examples                 {len(self.truth):>10}" + (f"  in {self.drawn}" if self.drawn else ""),
            f"mean absolute error      {self.score:>10.4g}  (95 %: {low:.4g} to {high:.4g})",
            f"root mean squared error  {self.root_mean_square:>10.4g}",
            f"R2                       {r2:>10}",
            f"error of the mean        {self.of_the_mean:>10.4g}  (always answering {mean:.4g}, that of training)",
        ]
        if self.left_out:
            lines += ["", *(f"left out: {each}" for each in self.left_out)]
        if self.seen is not None and self.seen.count:
            lines += ["", f"note: {self.seen.sentence()}"]
        return "\n".join(lines)


def measure(answers: np.ndarray, truth: np.ndarray, schema: Numbers, ids: Sequence[str]) -> NumberEvaluation:
    """Measures numbers (n, 1) of a model beside the right ones (n,).

    Raises:
        InputError: There are no examples.
        KerasftError: An answer is NaN or infinite.
    """
    if not len(truth):
        raise InputError(Problem("there are no examples to evaluate on", "", "give a table with numbers"))
    found = np.asarray(answers, "float64")[:, 0]
    if not np.isfinite(found).all():
        raise KerasftError("the model answers with NaN or infinity")
    return NumberEvaluation(numbers=schema, truth=np.asarray(truth, "float64"), answers=found, ids=tuple(ids))
