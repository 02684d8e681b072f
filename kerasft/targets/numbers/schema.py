"""A number: what it is called, and how it is scaled for training."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from kerasft.base.json_values import JsonFields
from kerasft.base.options import is_number
from kerasft.base.wording import plural

_FEW_VALUES, _MANY_EXAMPLES = 5, 50


@dataclass(frozen=True)
class Numbers:
    """What the answers of a data set or model are.

    Args:
        number: What it is called: the name of its column.
        mean: Of the training split, in the unit of the data.
        deviation: The standard deviation of the training split: a model learns (number - mean) / deviation.
    """

    noun: ClassVar[str] = "numbers"
    conflict: ClassVar[str] = "there with two values"

    number: str
    mean: float = 0.0
    deviation: float = 1.0

    def __str__(self) -> str:
        return f"{self.number!r}, a number"

    def allows(self, label: str) -> bool:
        """Returns whether it is a finite number, as `to_text` writes it."""
        try:
            return bool(np.isfinite(float(label))) and repr(float(label)) == label
        except ValueError:
            return False

    def column(self, labels: Iterable[str]) -> np.ndarray:
        """Returns the numbers that labels stand for: float64 (n,)."""
        return np.array([float(label) for label in labels], np.float64)

    def to_text(self, targets: np.ndarray, row: int) -> str:
        """Returns a number such that it is read again bit for bit."""
        return repr(float(targets[row]))

    def strata(self, targets: np.ndarray) -> None:
        """Returns none: splits are drawn without."""

    def few_hint(self, labels: Sequence[str]) -> str:
        """Returns no hint: any number of examples can be drawn."""
        return ""

    def notes(self, targets: Mapping[str, np.ndarray], noun: str) -> list[str]:
        """Returns remarks on numbers that look like classes, and on those beyond what training has."""
        train, notes = targets["train"], []
        if looks_like_classes(train):
            what = f"there are only {len(np.unique(train))} different numbers"
            notes.append(f"{what}: if they are classes, train a classifier")
        for name in ("validation", "test"):
            beyond = int(((targets[name] < train.min()) | (targets[name] > train.max())).sum())
            if beyond:
                notes.append(f"{plural(beyond, noun)} of the {name} split: a number beyond those of training")
        return notes

    def fitted(self, train: np.ndarray, number: str) -> Numbers:
        """Returns the schema with a name, and scaled by the training split (n,)."""
        deviation = float(train.std())
        return replace(self, number=number, mean=float(train.mean()), deviation=deviation or 1.0)

    def encode(self, targets: np.ndarray) -> np.ndarray:
        """Returns what a model learns of numbers (n,): float32 (n, 1), mean 0 and deviation 1 in training."""
        return ((targets - self.mean) / self.deviation).astype("float32")[:, None]


def looks_like_classes(numbers: np.ndarray) -> bool:
    """Whether there are so few different numbers (n,) that they may be names of classes."""
    return len(numbers) >= _MANY_EXAMPLES and len(np.unique(numbers)) <= _FEW_VALUES


def fields_of(values: JsonFields) -> Numbers:
    """Returns the schema in a config or a description.

    Raises:
        ValueError: A value can't be used; the text says which.
    """
    name, mean, deviation = (values.get(key) for key in ("number", "mean", "deviation"))
    if not isinstance(name, str) or not name or not name.isprintable() or len(name) > 1000:
        raise ValueError(f"number is {name!r:.60}")
    for key, value in (("mean", mean), ("deviation", deviation)):
        if not is_number(value) or not abs(value) < 1e30:
            raise ValueError(f"{key} is {value!r:.60}")
    assert is_number(mean) and is_number(deviation)
    if not deviation > 0:
        raise ValueError(f"deviation is {deviation!r}")
    return Numbers(name, float(mean), float(deviation))
