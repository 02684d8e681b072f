"""How good answers are that are numbers: errors and intervals, as a plain table and as files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar, cast

import numpy as np

from kerasft.base import files
from kerasft.base.csv_cells import csv_text
from kerasft.base.errors import InputError, KerasftError, Problem
from kerasft.base.json_values import JsonObject
from kerasft.base.statistics import Interval
from kerasft.contract.evaluation import Evaluation, OfClass
from kerasft.contract.splits import Schema
from kerasft.targets.numbers.schema import Numbers, rows_of
from kerasft.targets.numbers.scores import NumberScores

FILES = ("metrics.json", "predictions.csv")


@dataclass(frozen=True, eq=False, kw_only=True)
class NumberEvaluation(Evaluation):
    """How good answers are that are one number; see `SeveralNumbersEvaluation`.

    Args:
        meant: What the numbers are.
        truth: float64 (n, numbers), the right ones.
        answers: float64 (n, numbers), those of a model.
    """

    score_name: ClassVar[str] = "mean absolute error"
    class_score: ClassVar[str] = "mean absolute error"
    higher_is_better: ClassVar[bool] = False

    meant: Numbers
    truth: np.ndarray
    answers: np.ndarray

    @classmethod
    def kind_for(cls, schema: Schema) -> type[NumberEvaluation]:
        """Returns that of one number, or of several."""
        return NumberEvaluation if len(cast(Numbers, schema).numbers) == 1 else SeveralNumbersEvaluation

    @cached_property
    def columns(self) -> tuple[NumberScores, ...]:
        """The scores of each number."""
        return tuple(
            NumberScores(
                name,
                self.meant.unit(k),
                float(self.meant.centres[k]),
                self.truth[:, k],
                self.answers[:, k],
                self.meant.half_width(k),
                self.meant.intervals.coverage,
                self.unit_numbers,
            )
            for k, name in enumerate(self.meant.numbers)
        )

    @property
    def first(self) -> NumberScores:
        """The scores of the first number, or the only one."""
        return self.columns[0]

    @property
    def scale(self) -> np.ndarray:
        """float64 (numbers,): what counts as 1 of each number in the score."""
        return np.ones(1)

    @property
    def per_example(self) -> np.ndarray:
        """float64 (n,): the absolute error with a minus, so that more is better; of several numbers the mean."""
        return -np.abs((self.answers - self.truth) / self.scale).mean(axis=1)

    @cached_property
    def error(self) -> Interval:
        """The score with its 95 % interval, by bootstrap."""
        return Interval.of_mean(-self.per_example, units=self.unit_numbers)

    @property
    def score(self) -> float:
        """The mean absolute error, in the unit of the data."""
        return self.error.value

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the score, by bootstrap."""
        return self.error.low, self.error.high

    @property
    def of_classes(self) -> tuple[OfClass, ...]:
        """The mean absolute error of each of several numbers."""
        columns = self.columns if len(self.columns) > 1 else ()
        return tuple(OfClass(each.number, len(self.truth), each.error.value, each.error) for each in columns)

    @property
    def of_the_mean(self) -> float:
        """The score of always answering the mean of training."""
        return float(np.abs((self.meant.centres - self.truth) / self.scale).mean())

    @property
    def r2(self) -> float | None:
        """The share of the variance that is explained, of several numbers the mean; None where one doesn't vary."""
        found = [each.r2 for each in self.columns if each.r2 is not None]
        return float(np.mean(found)) if len(found) == len(self.columns) else None

    @property
    def metrics(self) -> Mapping[str, float]:
        """Mean absolute error, root mean squared error, R2, and the coverage of intervals; of several, of each."""
        found = {self.score_name: self.score}
        for each in self.columns:
            of = f" of {each.number}" if len(self.columns) > 1 else ""
            scores = {
                "mean absolute error": each.error.value,
                "root mean squared error": each.root_mean_square,
                "r2": each.r2,
                "coverage": None if each.covered is None else each.covered.value,
            }
            found |= {f"{name}{of}": value for name, value in scores.items() if value is not None}
        return found

    @property
    def expected(self) -> tuple[str, ...]:
        """The right numbers."""
        return tuple(self.meant.to_text(self.truth, row) for row in range(len(self.truth)))

    @property
    def schema(self) -> Numbers:
        """What the numbers are."""
        return self.meant

    def disputed(self, row: int) -> str:
        """Returns the number of a row that is off by most."""
        off = np.abs(self.answers[row] - self.truth[row]) / self.meant.scales
        return self.meant.numbers[int(off.argmax())]

    def mistakes(self) -> np.ndarray:
        """Returns all rows, those with the largest errors first."""
        return np.argsort(self.per_example, kind="stable")

    def mismatch(self, other: NumberEvaluation, both: str) -> Problem | None:
        """Returns a problem where they are called differently, or in another unit."""
        names = [str(each.meant) for each in (self, other)]
        if names[0] == names[1]:
            return None
        return Problem(
            f"{both} are about other numbers", " and ".join(names), "compare models of the same numbers"
        )

    def as_dict(self) -> JsonObject:
        """Returns all but the single examples, as a value for JSON."""
        return {
            "examples": len(self.truth),
            "drawn": self.drawn,
            "left_out": list(self.left_out),
            "seen_in_training": None if self.seen is None else self.seen.count,
            "artifact": self.artifact,
            **self._scores(),
        }

    def _scores(self) -> JsonObject:
        return self.first.as_dict()

    def write(self, folder: str | Path) -> Path:
        """Writes metrics.json and predictions.csv; each file is replaced in one step. Returns the folder."""
        folder = Path(folder)
        files.write_json(folder / "metrics.json", self.as_dict())
        named = [cell for each in self.columns for cell in _cells(each, len(self.columns) > 1)]
        rows = zip(self.ids, *(values for _, values in named), strict=True)
        table = [(each, *(f"{value:.6g}" for value in values)) for each, *values in rows]
        files.write_text(folder / "predictions.csv", csv_text([("id", *(name for name, _ in named)), *table]))
        return folder

    def __str__(self) -> str:
        lines = [f"{self.artifact}\n"] if self.artifact else []
        lines.append(
            f"examples                 {len(self.truth):>10}" + (f"  in {self.drawn}" if self.drawn else "")
        )
        lines += self._lines()
        if self.meant.intervals.missing:
            lines.append(f"prediction interval            none  ({self.meant.intervals.missing})")
        if self.left_out:
            lines += ["", *(f"left out: {each}" for each in self.left_out)]
        if self.seen is not None and self.seen.count:
            lines += ["", f"note: {self.seen.sentence()}"]
        return "\n".join(lines)

    def _lines(self) -> list[str]:
        return self.first.lines()


class SeveralNumbersEvaluation(NumberEvaluation):
    """How good answers are that are several numbers: the score is their mean error, in standard deviations of each."""

    score_name = "mean absolute error in standard deviations"

    @property
    def scale(self) -> np.ndarray:
        """float64 (numbers,): the standard deviation of each number in training."""
        return self.meant.scales

    def _scores(self) -> JsonObject:
        return {
            "mean_absolute_error_in_standard_deviations": self.score,
            "mean_absolute_error_in_standard_deviations_interval": list(self.interval),
            "mean_absolute_error_of_the_mean_in_standard_deviations": self.of_the_mean,
            "r2": self.r2,
            "columns": [each.as_dict() for each in self.columns],
        }

    def _lines(self) -> list[str]:
        low, high = self.interval
        lines = [
            f"mean absolute error      {self.score:>10.4g} standard deviations  (95 %: {low:.4g} to {high:.4g})",
            f"error of the means       {self.of_the_mean:>10.4g} standard deviations",
        ]
        for each in self.columns:
            lines += ["", each.called, *each.lines()]
        return lines


def _cells(scores: NumberScores, several: bool) -> list[tuple[str, np.ndarray]]:
    """Returns the columns of predictions.csv for one number, by name."""
    before = f"{scores.number} " if several else ""
    columns = [
        (scores.number, scores.truth),
        (f"{before}prediction", scores.answers),
        (f"{before}error", scores.errors),
    ]
    if scores.half_width is not None:
        columns.append((f"{before}low", scores.answers - scores.half_width))
        columns.append((f"{before}high", scores.answers + scores.half_width))
    return columns


def measure(answers: np.ndarray, truth: np.ndarray, schema: Numbers, ids: Sequence[str]) -> NumberEvaluation:
    """Measures numbers (n, numbers) of a model beside the right ones, (n,) where it is one number.

    Raises:
        InputError: There are no examples.
        KerasftError: An answer is NaN or infinite.
    """
    if not len(truth):
        raise InputError(Problem("there are no examples to evaluate on", "", "give a table with numbers"))
    found = np.asarray(answers, "float64")
    if not np.isfinite(found).all():
        raise KerasftError("the model answers with NaN or infinity")
    kind = NumberEvaluation.kind_for(schema)
    return kind(meant=schema, truth=rows_of(truth), answers=found, ids=tuple(ids))
