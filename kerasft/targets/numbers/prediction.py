"""Numbers as an answer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kerasft.base.json_values import JsonObject
from kerasft.base.printable import shown
from kerasft.contract.prediction import Prediction
from kerasft.contract.targets import Cell
from kerasft.targets.numbers.schema import Numbers


@dataclass(frozen=True)
class AnsweredNumber:
    """One number.

    Args:
        number: What it is called.
        value: In the unit of the training data.
        unit: This unit, or "".
        low: The lower end of the prediction interval; None without one.
        high: Its upper end.
        coverage: The share of true numbers that such intervals are to hold.
    """

    number: str
    value: float
    unit: str = ""
    low: float | None = None
    high: float | None = None
    coverage: float | None = None

    def __str__(self) -> str:
        """Returns name, number and interval, to four digits."""
        unit = f" {shown(self.unit)}" if self.unit else ""
        found = f"{shown(self.number)} {self.value:.4g}{unit}"
        if self.coverage is None:
            return found
        return f"{found} ({100 * self.coverage:g} %: {self.low:.4g} to {self.high:.4g})"

    def as_dict(self) -> JsonObject:
        """Returns it as a value for JSON."""
        found: JsonObject = {"number": self.number, "value": self.value}
        if self.unit:
            found["unit"] = self.unit
        if self.coverage is not None:
            found |= {"low": self.low, "high": self.high, "coverage": self.coverage}
        return found


@dataclass(frozen=True, kw_only=True)
class NumberPrediction(Prediction):
    """What a model says about one example.

    Args:
        numbers: One or several.
    """

    numbers: tuple[AnsweredNumber, ...]

    @property
    def number(self) -> str:
        """What the first number is called."""
        return self.numbers[0].number

    @property
    def value(self) -> float:
        """The first number, in the unit of the training data."""
        return self.numbers[0].value

    def answer(self) -> str:
        """Returns names and numbers, to four digits, and their intervals."""
        return ", ".join(map(str, self.numbers))

    def values(self) -> JsonObject:
        """Returns name, number and interval; of several numbers a list of them."""
        each = [number.as_dict() for number in self.numbers]
        return each[0] if len(each) == 1 else {"numbers": each}


def decode(answer: np.ndarray, schema: Numbers) -> NumberPrediction:
    """Returns what an answer (numbers,) says."""
    found = []
    for place, name in enumerate(schema.numbers):
        value, half = float(answer[place]), schema.half_width(place)
        ends = () if half is None else (value - half, value + half, schema.intervals.coverage)
        found.append(AnsweredNumber(name, value, schema.unit(place), *ends))
    return NumberPrediction(numbers=tuple(found))


def table_columns(schema: Numbers) -> dict[str, type]:
    """Returns a column for each number, and two for the ends of its interval."""
    ends = ("", " low", " high") if schema.intervals.half_widths else ("",)
    return {f"{name}{end}": float for name in schema.numbers for end in ends}


def table_row(answer: np.ndarray, schema: Numbers) -> list[Cell]:
    """Returns the cells of `table_columns` for an answer (numbers,)."""
    cells: list[Cell] = []
    for place in range(len(schema.numbers)):
        value, half = float(answer[place]), schema.half_width(place)
        cells += [value] if half is None else [value, value - half, value + half]
    return cells
