"""Numbers: what each is called, its unit, how it is scaled for training, and how far off answers mostly are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np

from kerasft.base.json_values import JsonFields
from kerasft.base.options import is_number
from kerasft.base.wording import plural, shorten
from kerasft.targets.numbers.intervals import NO_INTERVALS, Intervals
from kerasft.targets.numbers.outliers import FAR, far_rows

KEPT = "|"  # between the numbers of an example, in splits.csv
LARGEST = 1e30  # beyond it float32 has no room for squares
_FEW_VALUES, _MANY_EXAMPLES = 5, 50


@dataclass(frozen=True)
class Numbers:
    """What the answers of a data set or model are: one number, or several.

    Args:
        numbers: What each is called: the name of its column.
        means: Of each in the training split, in its unit; () before it is drawn.
        deviations: Of each, the standard deviation in the training split: a model learns (number - mean) / deviation.
        units: Of each, "" where none was given; () of none.
        intervals: How far off answers mostly are, once a model is trained. It is not what numbers mean: schemas with
            other ones are equal.
    """

    noun: ClassVar[str] = "numbers"
    conflict: ClassVar[str] = "there with two values"

    numbers: tuple[str, ...] = ("number",)
    means: tuple[float, ...] = ()
    deviations: tuple[float, ...] = ()
    units: tuple[str, ...] = ()
    intervals: Intervals = field(default=NO_INTERVALS, compare=False)

    def __str__(self) -> str:
        if len(self.numbers) == 1:
            return f"{self.numbers[0]!r}, a number{self.behind(0, ' in ')}"
        listed = shorten(f"{name!r}{self.behind(k, ' in ')}" for k, name in enumerate(self.numbers))
        return f"{len(self.numbers)} numbers: {listed}"

    @property
    def scales(self) -> np.ndarray:
        """float64 (numbers,): the standard deviations in training; 1 where they aren't known."""
        return np.array(self.deviations or [1.0] * len(self.numbers), np.float64)

    @property
    def centres(self) -> np.ndarray:
        """float64 (numbers,): the means of training; 0 where they aren't known."""
        return np.array(self.means or [0.0] * len(self.numbers), np.float64)

    def unit(self, place: int) -> str:
        """Returns the unit of a number, or ""."""
        return self.units[place] if self.units else ""

    def behind(self, place: int, before: str = " ") -> str:
        """Returns the unit of a number as it stands behind one: " EUR", or ""."""
        unit = self.unit(place)
        return f"{before}{unit}" if unit else ""

    def half_width(self, place: int) -> float | None:
        """Returns how far the ends of a number's interval are from the answer, in its unit; None without intervals."""
        return self.intervals.half_widths[place] if self.intervals.half_widths else None

    def allows(self, label: str) -> bool:
        """Returns whether it is as many finite numbers, as `to_text` writes them."""
        parts = label.split(KEPT)
        try:
            values = [float(part) for part in parts]
        except ValueError:
            return False
        written = [repr(value) for value in values]
        return bool(np.isfinite(values).all()) and written == parts and len(parts) == len(self.numbers)

    def column(self, labels: Iterable[str]) -> np.ndarray:
        """Returns the numbers that labels stand for: float64 (n,), of several (n, numbers)."""
        rows = [[float(part) for part in label.split(KEPT)] for label in labels]
        found = np.array(rows, np.float64).reshape(len(rows), len(self.numbers))
        return found[:, 0] if len(self.numbers) == 1 else found

    def to_text(self, targets: np.ndarray, row: int) -> str:
        """Returns the numbers of an example such that they are read again bit for bit."""
        return text_of(np.atleast_1d(targets[row]).tolist())

    def strata(self, targets: np.ndarray) -> None:
        """Returns none: splits are drawn without."""

    def few_hint(self, labels: Sequence[str]) -> str:
        """Returns no hint: any number of examples can be drawn."""
        return ""

    def notes(self, targets: Mapping[str, np.ndarray], noun: str) -> list[str]:
        """Returns remarks on numbers that look like classes, that don't vary, that lie far off, or beyond training."""
        notes = []
        for place, name in enumerate(self.numbers):
            columns = {split: rows_of(values)[:, place] for split, values in targets.items()}
            said = f"{name}: " if len(self.numbers) > 1 else ""
            notes += [f"{said}{each}" for each in _notes(columns, noun)]
        return notes

    def fitted(self, train: np.ndarray, *names: str) -> Numbers:
        """Returns the schema scaled by the training split (n,) or (n, numbers), with other names where they are given.

        A number that doesn't vary in training is not scaled.
        """
        rows = rows_of(train)
        deviations = tuple(float(each) or 1.0 for each in rows.std(axis=0))
        means = tuple(map(float, rows.mean(axis=0)))
        return replace(self, numbers=names or self.numbers, means=means, deviations=deviations)

    def encode(self, targets: np.ndarray) -> np.ndarray:
        """Returns what a model learns: float32 (n, numbers), each with mean 0 and deviation 1 in training."""
        return ((rows_of(targets) - self.centres) / self.scales).astype("float32")


def text_of(values: Iterable[float]) -> str:
    """Returns the one text of an example's numbers."""
    return KEPT.join(repr(float(value)) for value in values)


def rows_of(targets: np.ndarray) -> np.ndarray:
    """Returns targets (n,) or (n, numbers) as float64 (n, numbers)."""
    found = np.asarray(targets, np.float64)
    return found[:, None] if found.ndim == 1 else found


def looks_like_classes(numbers: np.ndarray) -> bool:
    """Whether there are so few different numbers (n,) that they may be names of classes."""
    return len(numbers) >= _MANY_EXAMPLES and 1 < len(np.unique(numbers)) <= _FEW_VALUES


def _notes(columns: Mapping[str, np.ndarray], noun: str) -> list[str]:
    """Returns remarks on one number, whose values (n,) are given by split."""
    train, notes = columns["train"], []
    if looks_like_classes(train):
        what = f"there are only {len(np.unique(train))} different numbers"
        notes.append(f"{what}: if they are classes, train a classifier")
    if len(np.unique(train)) == 1:
        notes.append(f"all training {noun}s have the number {train[0]:.6g}: nothing can be learned of that")
    elif len(far := far_rows(train)):
        listed = shorten([f"{value:.6g}" for value in train[far]], 5)
        notes.append(
            f"{plural(len(far), f'training {noun}')} with a number beyond {FAR:g} robust deviations from the median, "
            f"{np.median(train):.6g}: {listed} (kerasft doctor names them; --loss huber or mae heeds them less)"
        )
    for name in ("validation", "test"):
        beyond = int(((columns[name] < train.min()) | (columns[name] > train.max())).sum())
        if beyond:
            notes.append(f"{plural(beyond, noun)} of the {name} split: a number beyond those of training")
    return notes


def fields_of(values: JsonFields) -> Numbers:
    """Returns the schema in a config or a description.

    Raises:
        ValueError: A value can't be used; the text says which.
    """
    names = _tuple(values, "numbers", None)
    if not names or len(set(names)) < len(names) or not all(_is_name(name) for name in names):
        raise ValueError(f"numbers is {names!r:.60}")
    means, deviations = (_tuple(values, key, len(names)) for key in ("means", "deviations"))
    for key, found in (("means", means), ("deviations", deviations)):
        if not all(is_number(value) and abs(value) < LARGEST for value in found):
            raise ValueError(f"{key} is {found!r:.60}")
    if not all(value > 0 for value in deviations):
        raise ValueError(f"deviations is {deviations!r:.60}")
    units = _tuple(values, "units", len(names)) if values.get("units") else ()
    if not all(unit == "" or _is_name(unit) for unit in units):
        raise ValueError(f"units is {units!r:.60}")
    return Numbers(names, tuple(map(float, means)), tuple(map(float, deviations)), units)


def _tuple(values: JsonFields, key: str, count: int | None) -> tuple:
    found = values.get(key)
    if not isinstance(found, list | tuple) or count not in (None, len(found)):
        raise ValueError(f"{key} is {found!r:.60}")
    return tuple(found)


def _is_name(name: object) -> bool:
    return isinstance(name, str) and bool(name) and name.isprintable() and len(name) <= 1000
