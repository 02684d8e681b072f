"""What every evaluation says, whatever the answers are: with it no work needs an idea of classes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

import numpy as np

from kerasft.base import notebook
from kerasft.base.errors import Problem
from kerasft.base.json_values import JsonObject
from kerasft.base.statistics import Interval
from kerasft.base.wording import plural
from kerasft.contract.splits import Schema
from kerasft.contract.units import Units


@dataclass(frozen=True)
class Seen:
    """How many examples of an evaluation the weights knew before.

    Args:
        count: Those that were training or validation examples.
        total: All.
    """

    count: int
    total: int

    def sentence(self, noun: str = "example") -> str:
        """Returns it in words, for a terminal, a card or a page; "" where none was seen."""
        if not self.count:
            return ""
        whose = "of this run or of an earlier run that it started from"
        so = "what the model was trained on says nothing about new data, so the scores are too high"
        whole = plural(self.total, noun)
        if self.count == 1:
            return f"1 of {whole} was a training or validation example {whose}: {so}"
        return f"{self.count} of {whole} were training or validation examples {whose}: {so}"


@dataclass(frozen=True, eq=False)
class OfClass:
    """The score of one class, label or number.

    Args:
        name: Of the class.
        examples: How many have it.
        score: Between 0 and 1, or in its unit; None where there is none.
        interval: Its 95 % interval; None where there is none.
        rows: int64 (m,), the examples whose mean the score is; None where it is no mean over examples.
        values: float64 (m,), what it is the mean of.
    """

    name: str
    examples: int
    score: float | None
    interval: Interval | None
    rows: np.ndarray | None = None
    values: np.ndarray | None = None

    @classmethod
    def of_mean(cls, name: str, rows: np.ndarray, values: np.ndarray, units: Units | None) -> OfClass:
        """Returns the mean of values (n,) over some rows."""
        if not len(rows):
            return cls(name, 0, None, None)
        found = Interval.of_mean(values[rows], units=None if units is None else units.numbers[rows])
        return cls(name, len(rows), found.value, found, rows, values[rows])


@dataclass(frozen=True, eq=False, kw_only=True)
class Evaluation(ABC):
    """How good answers are, on the whole and example by example. As text: the main numbers, as a table.

    Args:
        ids: (n,) one per example: file names, or "0", "1", ...
        seen: How many of the examples the model was trained on; None where that isn't known.
        left_out: "id: reason" of each example that was left out because it can't be read.
        artifact: Whose numbers these are, in words: the run's Keras model, or an exported file.
        units: What was kept together when the run was split, two units or more: these are drawn for the intervals, not
            the examples. None where nothing was.
    """

    score_name: ClassVar[str]
    higher_is_better: ClassVar[bool] = True
    of_examples: ClassVar[str] = (
        ""  # what the mean of `per_example` is, where it isn't the score but one of its own
    )

    class_score: ClassVar[str] = ""  # what the scores of `of_classes` are, where there are some

    ids: tuple[str, ...]
    seen: Seen | None = None
    left_out: tuple[str, ...] = ()
    artifact: str = ""
    units: Units | None = None

    @classmethod
    def kind_for(cls, schema: Schema) -> type[Evaluation]:
        """Returns the class that measures the answers of a schema, which says what their score is called."""
        return cls

    @property
    @abstractmethod
    def score(self) -> float:
        """The one number that sums it up: of classes the accuracy."""

    @property
    @abstractmethod
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the score."""

    @property
    @abstractmethod
    def metrics(self) -> Mapping[str, float]:
        """All numbers, by name; the score is among them."""

    @property
    @abstractmethod
    def per_example(self) -> np.ndarray:
        """float64 (n,): how good each answer is, more is better; of classes 1.0 for right and 0.0 for wrong."""

    @property
    @abstractmethod
    def expected(self) -> tuple[str, ...]:
        """(n,) the right answers, as text."""

    @property
    @abstractmethod
    def schema(self) -> Schema:
        """What the answers can be."""

    @property
    def drawn(self) -> str:
        """What the intervals draw where it isn't the examples: "12 groups (patient)"; or ""."""
        return "" if self.units is None else str(self.units)

    @property
    def unit_numbers(self) -> np.ndarray | None:
        """Int (n,): which examples belong together; None where each is drawn by itself."""
        return None if self.units is None else self.units.numbers

    @property
    def of_classes(self) -> tuple[OfClass, ...]:
        """The score of each class, label or number; nothing where there is only one."""
        return ()

    @abstractmethod
    def mistakes(self) -> np.ndarray:
        """int64 (m,): the rows of answers that are wrong, those first that are worth looking at first."""

    def disputed(self, row: int) -> str | None:
        """Returns what is to be explained of a wrong answer, as `--target` names it; None: what the model says."""
        return None

    @abstractmethod
    def mismatch(self, other: Self, both: str) -> Problem | None:
        """Returns why two evaluations can't be compared, besides that they are of other examples; or None.

        Args:
            other: The other one.
            both: What to call the two: "a and b".
        """

    @abstractmethod
    def as_dict(self) -> JsonObject:
        """Returns all but the single examples, as a value for JSON (numbers are finite, or None)."""

    @abstractmethod
    def write(self, folder: str | Path) -> Path:
        """Writes metrics.json, and tables and plots; each file is replaced in one step. Returns the folder."""

    @abstractmethod
    def __str__(self) -> str: ...

    def _repr_html_(self) -> str:
        """Shows the main numbers in a notebook, and all as a terminal has them."""
        low, high = self.interval
        rows = [
            (name, float(value), f"95 %: {low:.4f} to {high:.4f}" if name == self.score_name else "")
            for name, value in self.metrics.items()
        ]
        title = (
            f"{self.artifact or 'evaluation'}: {self.score_name} {self.score:.4f} of {len(self.ids)} examples"
        )
        seen = "" if self.seen is None else self.seen.sentence()
        remarks = notebook.listed([f"note: {seen}"]) if seen else ""
        return notebook.page(
            title, notebook.table(rows), remarks, notebook.folded("all", notebook.plain(str(self)))
        )
