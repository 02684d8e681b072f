"""What a reader finds before anything is decoded: items, their labels, remarks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from kerasft.base.errors import InputError, Problem
from kerasft.contract.splits import Schema

SPLIT_NAMES = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
    "test": "test",
    "testing": "test",
}


class Labelled(Protocol):
    """An image or a text with its label, as far as drawing splits is concerned."""

    @property
    def id(self) -> str:
        """Its name in reports and in splits.csv."""

    @property
    def label(self) -> str:
        """Its answer, in the one spelling that its kind of target gives it."""

    @property
    def split(self) -> str:
        """The split that the source puts it into, or ""."""


@dataclass(frozen=True)
class Item:
    """One labelled image, not yet decoded; or a text in a file of its own.

    Args:
        id: Its name in reports and in splits.csv: the path relative to the source, with "/".
        label: Its answer, in the one spelling that its kind of target gives it; "" where nobody asks.
        source: A path, encoded bytes, or a decoded uint8 array (height, width, 3).
        split: "train", "validation" or "test" when the source says so, "" when it has to be drawn.
    """

    id: str
    label: str
    source: Path | bytes | np.ndarray
    split: str = ""


@dataclass(frozen=True)
class Listing:
    """A source of images: how many, an iterator over them (always in the same order), and what to tell.

    Args:
        count: An upper bound of the number of items.
        items: Called for each pass over the items.
        schema: What the labels can be.
        given_splits: The splits that the source itself defines; () when all are drawn.
        notes: Remarks for the user.
        header: The column names of a table.
    """

    count: int
    items: Callable[[], Iterator[Item]]
    schema: Schema
    given_splits: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    header: tuple[str, ...] = ()


def listing_of(
    items: list[Item],
    schema: Schema,
    given_splits: Iterable[str] = (),
    notes: Iterable[str] = (),
) -> Listing:
    """Returns the `Listing` of items that are already in a list."""
    return Listing(len(items), lambda: iter(items), schema, tuple(given_splits), tuple(notes))


def splits_by_label(items: Iterable[Labelled]) -> dict[str, set[str]]:
    """Returns the splits that each label is in: see `Targets.find_schema`."""
    found: dict[str, set[str]] = {}
    for item in items:
        found.setdefault(item.label, set()).add(item.split)
    return found


def find_file(root: Path, path: str) -> Path | None:
    """Returns the file of an id, or None; a table made on Windows may hold backslashes."""
    for written in (path, path.replace("\\", "/")):
        try:
            if (root / written).is_file():
                return root / written
        except (OSError, ValueError):  # too long, or with a null character
            continue
    return None


def id_below(file: Path, root: Path) -> str:
    """Returns the path of a file below a folder with "/"; of one elsewhere the way to it, without what leads up."""
    try:
        name = Path(os.path.relpath(file, root)).as_posix()
    except ValueError:  # on another drive
        return file.as_posix()
    while name.startswith("../"):
        name = name.removeprefix("../")
    return name


def require(condition: bool, problem: Problem) -> None:
    """Raises `InputError` with this one problem unless `condition` holds."""
    if not condition:
        raise InputError(problem)
