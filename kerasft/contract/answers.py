"""Answers as a source has them, before a kind of target says what they mean."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np


class UnreadableError(ValueError):
    """A row, or a cell of it, that can't be used; `str()` says why, without its place."""

    def __init__(self, reason: str, received: object = "", next_step: str = "fill it in, or remove the row"):
        super().__init__(reason)
        self.received = received
        self.next_step = next_step


class Spelling(ABC):
    """How the answers of one source are written, which no answer can tell alone.

    Attributes:
        form: What an answer has to be, as the end of "it is no ...".
        notes: What was recognised of how answers are written, where a user should hear of it.
    """

    form: ClassVar[str]
    notes: tuple[str, ...] = ()

    @abstractmethod
    def label_of(self, raw: object) -> str:
        """Returns an answer in the one spelling that it has in splits.csv and in messages.

        Args:
            raw: A cell of a table, or any other value.

        Raises:
            UnreadableError: It is no answer of this kind, or nothing is there.
        """

    def label_of_folder(self, name: str) -> str:
        """Returns the answer that the name of a folder stands for; `Targets.find_schema` says if it is none."""
        return name

    def joined(self, one: str, other: str) -> str | None:
        """Returns the answer of an example that a source lists with these two; None: they contradict each other."""
        return one if one == other else None


@dataclass(frozen=True)
class Place:
    """Where labels are from, and what is expected of them, for `Targets.find_schema`.

    Args:
        received: The source as the user gave it.
        next_step: What to do where there are too few different ones.
        flag: The flag, or the argument, that holds the source.
        noun: What an example is called.
        all_needed: Whether examples are needed of all that a fixed schema has.
        in_order: Whether the source lists the labels itself, in its own order.
        complete: Whether all examples can be used; else what is missing may be among the others.
        folders: Whether labels are names of folders.
    """

    received: str
    next_step: str
    flag: str = "--data"
    noun: str = "image"
    all_needed: bool = True
    in_order: bool = False
    complete: bool = True
    folders: bool = False


@dataclass(frozen=True)
class Marks:
    """What is odd about the labels of a source.

    Args:
        hidden: The rows that have no answer, whatever stands there.
        meaning: What it is that stands there: "all labels are -1, which marks hidden labels".
        notes: Remarks.
    """

    hidden: Sequence[int] = ()
    meaning: str = ""
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Strata:
    """What splits get equal shares of.

    Args:
        noun: What one of them is called: "class"; "" where there is but one, all the data.
        names: Of each.
        rows: (n,) the number of each example's.
    """

    noun: str
    names: tuple[str, ...]
    rows: np.ndarray

    def called(self, number: int) -> str:
        """Returns what messages call one: "class 'cat'"."""
        return f"{self.noun} {self.names[number]!r}" if self.noun else "the data"


@dataclass(frozen=True, eq=False)
class Memberships:
    """What splits get equal shares of, where an example is in several or in none.

    Args:
        noun: What one of them is called: "label".
        names: Of each.
        members: bool (n, names): which examples are in which.
    """

    noun: str
    names: tuple[str, ...]
    members: np.ndarray

    @property
    def rows(self) -> np.ndarray:
        """int64 (n,): the rarest that each example is in, where one must do; of none, how many there are."""
        order = np.argsort(self.members.sum(axis=0), kind="stable")
        first = self.members[:, order].argmax(axis=1)
        return np.where(self.members.any(axis=1), order[first], len(self.names))

    def called(self, number: int) -> str:
        """Returns what messages call one: "label 'cat'"."""
        return f"{self.noun} {self.names[number]!r}"


def one_stratum(count: int) -> Strata:
    """Returns the strata of examples of which any is as good as another."""
    return Strata("", ("",), np.zeros(count, np.int64))
