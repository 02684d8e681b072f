"""Several labels: which there are, how common each is, and from which probability on it is said to be there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import ClassVar

import numpy as np

from kerasft.base.class_names import class_name_problems
from kerasft.base.errors import Problem
from kerasft.base.json_values import JsonFields
from kerasft.base.options import is_number
from kerasft.base.wording import plural, shorten
from kerasft.contract.answers import Memberships
from kerasft.targets.labels.spelling import KEPT, names_in, text_of

MOST_COMPARED = 200  # labels, of which each two are looked at


@dataclass(frozen=True)
class Labels:
    """The labels of a data set or model.

    Args:
        class_names: Their names, in the order of the outputs.
        shares: Of the training examples that have each; () where that isn't known.
        thresholds: The probability from which on each is said to be there, chosen once a model is trained; () is 0.5
            for all. It is not what labels mean: schemas with other ones are equal.
    """

    noun: ClassVar[str] = "labels"
    conflict: ClassVar[str] = "there with other labels"

    class_names: tuple[str, ...]
    shares: tuple[float, ...] = ()
    thresholds: tuple[float, ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        return plural(len(self.class_names), "label")

    @property
    def cuts(self) -> np.ndarray:
        """float32 (labels,): the thresholds."""
        return np.array(self.thresholds or [0.5] * len(self.class_names), np.float32)

    def decide(self, probabilities: np.ndarray) -> np.ndarray:
        """Returns bool (..., labels): which labels are said to be there."""
        return np.asarray(probabilities, np.float32) >= self.cuts

    def allows(self, label: str) -> bool:
        """Returns whether it is the text of some of the labels, or of none."""
        names = names_in(label)
        return set(names) <= set(self.class_names) and text_of(names) == label

    def column(self, labels: Iterable[str]) -> np.ndarray:
        """Returns float32 (n, labels): 1 where an example has the label, else 0."""
        index = {name: place for place, name in enumerate(self.class_names)}
        rows = [[index[name] for name in names_in(label)] for label in labels]
        found = np.zeros((len(rows), len(index)), np.float32)
        for row, places in enumerate(rows):
            found[row, places] = 1
        return found

    def names_of(self, present: np.ndarray) -> tuple[str, ...]:
        """Returns the labels of a row (labels,) of 0 and 1, in the order of the outputs."""
        return tuple(self.class_names[place] for place in np.flatnonzero(present))

    def to_text(self, targets: np.ndarray, row: int) -> str:
        """Returns the labels of an example, with "|" between them."""
        return text_of(self.names_of(targets[row]))

    def strata(self, targets: np.ndarray) -> Memberships:
        """Returns the labels: of each, splits get equal shares."""
        return Memberships("label", self.class_names, targets > 0)

    def few_hint(self, labels: Sequence[str]) -> str:
        """Returns no hint."""
        return ""

    def notes(self, targets: Mapping[str, np.ndarray], noun: str) -> list[str]:
        """Returns remarks on labels that a split lacks, that all have, and that are always together."""
        train, names = targets["train"], np.array(self.class_names)
        notes = [
            f"the {name} split has no {noun}s with: {shorten(names[counts == 0])}"
            for name in ("validation", "test")
            if (counts := targets[name].sum(axis=0)).min() == 0
        ]
        if len(always := names[train.min(axis=0) > 0]):
            notes.append(f"every training {noun} has: {shorten(always)}: nothing can be learned of that")
        if pairs := self._always_together(train):
            notes.append(f"always together in training: {shorten(pairs, 5)}")
        if bare := int((train.sum(axis=1) == 0).sum()):
            notes.append(f"{plural(bare, f'training {noun}')} of {len(train)} without a label")
        return notes

    def _always_together(self, train: np.ndarray) -> list[str]:
        columns = [train[:, place].tobytes() for place in range(min(train.shape[1], MOST_COMPARED))]
        pairs = combinations(range(len(columns)), 2)
        return [
            f"{self.class_names[i]!r} and {self.class_names[j]!r}"
            for i, j in pairs
            if columns[i] == columns[j] and 0 < train[:, i].mean() < 1
        ]

    def fitted(self, train: np.ndarray) -> Labels:
        """Returns the schema with the shares of the training split (n, labels)."""
        return replace(self, shares=tuple(float(share) for share in train.mean(axis=0, dtype="float64")))


def label_list_problems(names: Sequence[str]) -> list[Problem]:
    """Returns what is wrong with a list of labels."""
    problems = class_name_problems(names, "class_names")
    if not names or len(set(names)) < len(names):
        problems.append(
            Problem("class_names must be different labels", shorten(names), "give schema=splits.schema")
        )
    if holding := [name for name in names if KEPT in name]:
        problems.append(Problem(f"a label holds {KEPT!r}", shorten(holding), "rename it"))
    return problems


def fields_of(values: JsonFields) -> Labels:
    """Returns the schema in a config or a description.

    Raises:
        ValueError: A value can't be used; the text says which.
    """
    names, shares = values.get("class_names"), values.get("shares") or ()
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise ValueError("class_names is not a list of names")
    if problems := label_list_problems(names):
        raise ValueError(f"{problems[0].what} ({problems[0].received})")
    return Labels(tuple(names), numbers_of(shares, len(names), "shares"))


def numbers_of(values: object, count: int, what: str) -> tuple[float, ...]:
    """Returns numbers between 0 and 1, one for each label, or ().

    Raises:
        ValueError: They are something else.
    """
    if not isinstance(values, list | tuple) or (len(values) not in (0, count)):
        raise ValueError(f"{what} is not a list of {count} numbers")
    if not all(is_number(value) and 0 <= value <= 1 for value in values):
        raise ValueError(
            f"{what} holds {next(v for v in values if not (is_number(v) and 0 <= v <= 1))!r:.60}"
        )
    return tuple(float(value) for value in values)
