"""One class of several: which there are, and what a data set should say of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from kerasft.base.class_names import class_name_problems
from kerasft.base.errors import Problem
from kerasft.base.wording import plural, shorten
from kerasft.contract.answers import Strata
from kerasft.targets.classes.deciding import most_probable
from kerasft.targets.classes.label_marks import several_labels

_IMBALANCE = 3


@dataclass(frozen=True)
class Classes:
    """The classes of a data set or model.

    Args:
        class_names: In label order.
    """

    noun: ClassVar[str] = "classes"

    class_names: tuple[str, ...]
    conflict: ClassVar[str] = "in two classes"

    def __str__(self) -> str:
        return plural(len(self.class_names), "class")

    def decide(self, probabilities: np.ndarray) -> np.ndarray:
        """Returns the classes (...) that probabilities (..., classes) decide for."""
        return most_probable(probabilities)

    def column(self, names: Iterable[str]) -> np.ndarray:
        """Returns the labels of class names: int32 (n,)."""
        index = {name: label for label, name in enumerate(self.class_names)}
        return np.array([index[name] for name in names], np.int32)

    def allows(self, label: str) -> bool:
        """Returns whether it is the name of a class."""
        return label in self.class_names

    def to_text(self, labels: np.ndarray, row: int) -> str:
        """Returns the name of an example's class."""
        return self.class_names[labels[row]]

    def strata(self, labels: np.ndarray) -> Strata:
        """Returns the classes: each is drawn on its own."""
        return Strata("class", self.class_names, labels)

    def few_hint(self, labels: Sequence[str]) -> str:
        """Returns that labels hold several labels, which makes many small classes."""
        return several_labels(labels)

    def notes(self, labels: Mapping[str, np.ndarray], noun: str) -> list[str]:
        """Returns remarks on classes that are missing from a given split, and on unequal classes.

        Args:
            labels: Of the splits, by name.
            noun: What the examples are: "image".
        """
        counts = {name: np.bincount(each, minlength=len(self.class_names)) for name, each in labels.items()}
        notes = [
            f"the {name} split has no {noun}s of: {shorten(np.array(self.class_names)[counts[name] == 0])}"
            for name in ("validation", "test")
            if not counts[name].all()
        ]
        least, most = int(counts["train"].argmin()), int(counts["train"].argmax())
        few, many = counts["train"][least], counts["train"][most]
        if many >= _IMBALANCE * few:
            notes.append(
                f"unequal classes: {few} training {noun}s of {self.class_names[least]!r}, {many} of "
                f"{self.class_names[most]!r}; --class-weight auto makes up for it"
            )
        return notes


def class_list_problems(class_names: Iterable[str]) -> list[Problem]:
    """Returns what is wrong with a list of class names: too few, repeated, or not fit for a labels file."""
    names = list(class_names)
    problems = []
    if len(names) < 2:
        problems.append(Problem("a classifier needs at least two classes", repr(names), "add a class folder"))
    if len(set(names)) < len(names):
        repeated = sorted({name for name in names if names.count(name) > 1})
        problems.append(Problem("class names must be unique", repr(repeated), "rename one of each"))
    return problems + class_name_problems(names, "")


def class_problems(data: Iterable[str], model: Iterable[str]) -> list[Problem]:
    """Returns that the data has other classes than the model, or the same in another order, if so.

    Args:
        data: The class names of the data, in label order.
        model: Those of the model, in the order of its outputs.
    """
    data, model = list(data), list(model)
    if data == model:
        return []
    hint = "build the model with class_names=splits.class_names"
    return [Problem("the data and the model have other classes", f"{data} and {model}", hint)]
