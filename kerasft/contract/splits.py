"""`Split` and `Splits`: examples with their answers, which every later step works on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Generic, Protocol, Self, TypeVar

import numpy as np
from markupsafe import Markup

from kerasft.base import notebook
from kerasft.base.printable import shown
from kerasft.base.wording import plural
from kerasft.contract.answers import Memberships, Strata

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

SPLITS = ("train", "validation", "test")
_SHOWN, _EXAMPLES = 12, 8  # answers and examples that a notebook shows


Rows = slice | np.ndarray  # some of the examples: a slice, or an array of whole numbers


class Column(Protocol):
    """One value per example: a numpy array, or what a kind of input or target has instead."""

    def __len__(self) -> int: ...

    def __getitem__(self, rows: Rows, /) -> Self:
        """Returns a column of some rows: a slice, or an array of whole numbers, in their order."""


ExampleColumn = TypeVar("ExampleColumn", bound=Column)  # of a kind of input
TargetColumn = TypeVar("TargetColumn", bound=Column)  # of a kind of target


class Schema(Protocol[TargetColumn]):
    """What the answers of a data set can be; as text, for people: "3 classes"."""

    noun: ClassVar[str]  # what it is made of: "classes"

    @property
    def conflict(self) -> str:
        """How an example with two different answers is there: "in two classes"."""

    def allows(self, label: str) -> bool:
        """Returns whether a label is one of these answers, in their spelling."""

    def column(self, labels: Iterable[str], /) -> TargetColumn:
        """Returns the targets that labels stand for; all of them are allowed."""

    def to_text(self, targets: TargetColumn, row: int, /) -> str:
        """Returns the label of a target: `column` makes the same of it again, bit for bit."""

    def strata(self, targets: TargetColumn, /) -> Strata | Memberships | None:
        """Returns what splits are to have equal shares of; None: they are drawn without."""

    def few_hint(self, labels: Sequence[str]) -> str:
        """Returns what may be wrong with labels where examples are too few to be drawn, or ""."""

    def notes(self, targets: Mapping[str, TargetColumn], noun: str, /) -> list[str]:
        """Returns what should be heard of the targets of the splits, by name; `noun` is what an example is called."""


def class_names_of(schema: object) -> tuple[str, ...]:
    """Returns the classes of a schema, in label order; none where answers are of another kind."""
    return getattr(schema, "class_names", ())


class Reading(Protocol):
    """How files became examples: what it takes to read others in the same way."""

    @property
    def noun(self) -> str:
        """What an example is called, for people: "image"."""

    @property
    def about(self) -> str:
        """What a line on the data says of it, or ""."""

    @property
    def columns(self) -> DataclassInstance | None:
        """The columns of a table that were named, a dataclass; None where none was, or there is no table."""


@dataclass(frozen=True)
class Split(Generic[ExampleColumn, TargetColumn]):
    """Examples with their answers, in a fixed order.

    Args:
        name: "train", "validation" or "test".
        examples: (n,) what a model is asked about, as its kind of input has them.
        targets: (n,) the answers, as their kind of target has them: of classes int32 indexes into the class names.
        ids: (n,) the name of each example, by which splits.csv knows it.
        hashes: (n,) SHA-256 of each example's content, hexadecimal.
        skipped: "id: reason" of each example left out with `skip_broken`, where the split was read alone.
    """

    name: str
    examples: ExampleColumn = field(repr=False)
    targets: TargetColumn = field(repr=False)
    ids: tuple[str, ...] = field(repr=False)
    hashes: tuple[str, ...] = field(repr=False)
    skipped: tuple[str, ...] = field(default=(), repr=False)

    def __len__(self) -> int:
        return len(self.targets)

    @property
    def labels(self) -> TargetColumn:
        """The targets, as those call them who sort examples into classes."""
        return self.targets

    def subset(self, rows: Sequence[int] | np.ndarray) -> Self:
        """Returns some of the examples, in the order of `rows` (they are copied)."""
        rows = np.asarray(rows, np.int64)
        return replace(
            self,
            examples=self.examples[rows],
            targets=self.targets[rows],
            ids=tuple(self.ids[row] for row in rows),
            hashes=tuple(self.hashes[row] for row in rows),
        )


@dataclass(frozen=True)
class Splits:
    """The three splits of a data set, drawn once.

    Args:
        train: Examples to train on.
        validation: Examples to choose the best epoch with.
        test: Examples to report on.
        schema: What the answers can be: of classes `kerasft.targets.classes.schema.Classes`.
        reading: How files became examples.
        source: Absolute path of the folder or table, "tfds:NAME", the name of sample data, or "arrays" or "lists".
        seed: The seed of the draw.
        skipped: "id: reason" of each example left out with `skip_broken`.
        notes: Remarks worth telling: copies, unequal classes, files left out.
        data_dir: As given to the reader, as an absolute path.
        group: What the groups that stay on one side came from: a column, or a file; None without groups.
        group_sides: The split of each group.
        validation_data: The source of the validation split, where it has its own.
        test_data: The source of the test split, where it has its own.
    """

    split_type: ClassVar[type[Split]] = Split

    train: Split
    validation: Split
    test: Split
    schema: Schema
    reading: Reading
    source: str
    seed: int
    skipped: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    data_dir: str | None = None
    group: str | None = None
    group_sides: Mapping[str, str] = field(default_factory=dict, repr=False)
    validation_data: str | None = None
    test_data: str | None = None

    @property
    def class_names(self) -> tuple[str, ...]:
        """Of classes: their names, in label order; else none."""
        return class_names_of(self.schema)

    def __str__(self) -> str:
        """What was read, in a few lines: the size of each split, and the remarks."""
        given = {"validation": self.validation_data, "test": self.test_data}
        sizes = {name: len(getattr(self, name)) for name in SPLITS}
        own = {name: size for name, size in sizes.items() if not given.get(name)}
        parts = [", ".join(f"{name} {size}" for name, size in own.items())]
        parts += [
            f"{name} {sizes[name]} from {shown(Path(source).name or source)}"
            for name, source in given.items()
            if source
        ]
        about = f", {self.reading.about}" if self.reading.about else ""
        lines = [
            f"{shown(Path(self.source).name or self.source)}: {plural(sum(own.values()), self.reading.noun)} of "
            f"{self.schema}{about} ({'; '.join(parts)})"
        ]
        lines += [f"  note: {shown(note)}" for note in self.notes]
        lines += [f"  left out: {shown(each)}" for each in self.skipped]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """Shows sizes, answers and the first examples in a notebook."""
        title, *remarks = str(self).split("\n")
        parts = [getattr(self, name) for name in SPLITS]
        rows: list[list[object]] = [[f"{self.reading.noun}s", *map(len, parts)]]
        if (
            self.class_names and np.ndim(self.train.targets) <= 2
        ):  # else they are maps, with a class for each place
            counts = [_counts(each.targets, len(self.class_names)) for each in parts]
            rows += [
                [name, *(int(each[k]) for each in counts)] for k, name in enumerate(self.class_names[:_SHOWN])
            ]
            if (more := len(self.class_names) - _SHOWN) > 0:
                rows.append([f"and {more} more"])
        count = len(self.train)
        spread = sorted({place * count // _EXAMPLES for place in range(_EXAMPLES)}) if count else []
        examples = Markup("").join(self.pictured(row) for row in spread)
        folded = notebook.folded(f"{len(remarks)} remarks", notebook.listed(remarks)) if remarks else ""
        return notebook.page(title, notebook.table(rows, ("", *SPLITS)), examples, folded)

    def pictured(self, row: int) -> Markup:
        """Returns a training example with its answer, for a notebook; nothing where kinds of input have no picture."""
        return Markup("")


def _counts(targets: Column, classes: int) -> np.ndarray:
    """Returns how many examples have each class, or each label."""
    found = np.asarray(targets)
    return np.bincount(found.astype(int), minlength=classes) if found.ndim == 1 else (found > 0).sum(axis=0)
