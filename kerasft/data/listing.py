"""What a reader finds before anything is decoded: items, class names, remarks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from kerasft.base.class_names import class_name_problems
from kerasft.base.errors import InputError, Problem, did_you_mean
from kerasft.base.wording import plural, shorten

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
    """A picture or a text with its label, as far as drawing splits is concerned."""

    @property
    def id(self) -> str:
        """Its name in reports and in splits.csv."""

    @property
    def class_name(self) -> str:
        """Its label."""

    @property
    def split(self) -> str:
        """The split that the source puts it into, or ""."""


@dataclass(frozen=True)
class Item:
    """One labelled picture, not yet decoded; or a text in a file of its own.

    Args:
        id: Its name in reports and in splits.csv: the path relative to the source, with "/".
        class_name: Its label.
        source: A path, encoded bytes, or a decoded uint8 array (height, width, 3).
        split: "train", "validation" or "test" when the source says so, "" when it has to be drawn.
    """

    id: str
    class_name: str
    source: Path | bytes | np.ndarray
    split: str = ""


@dataclass(frozen=True)
class Listing:
    """A source of pictures: how many, an iterator over them (always in the same order), and what to tell.

    Args:
        count: An upper bound of the number of items.
        items: Called for each pass over the items.
        class_names: In label order.
        given_splits: The splits that the source itself defines; () when all are drawn.
        notes: Remarks for the user.
        header: The column names of a table.
    """

    count: int
    items: Callable[[], Iterator[Item]]
    class_names: tuple[str, ...]
    given_splits: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    header: tuple[str, ...] = ()


def listing_of(
    items: list[Item],
    class_names: tuple[str, ...],
    given_splits: Iterable[str] = (),
    notes: Iterable[str] = (),
) -> Listing:
    """Returns the `Listing` of items that are already in a list."""
    return Listing(len(items), lambda: iter(items), class_names, tuple(given_splits), tuple(notes))


def as_class_names(class_names: Any, problems: list[Problem]) -> tuple[str, ...] | None:
    """Returns a caller's class list as a tuple; what is wrong with it is added to `problems`."""
    if class_names is None:
        return None
    names = tuple(str(name) for name in ([class_names] if isinstance(class_names, str) else class_names))
    if len(names) < 2 or len(set(names)) < len(names):
        what = "class_names must be two or more different names"
        problems.append(Problem(what, shorten(names), "give the class list of the model"))
    problems += class_name_problems(sorted(set(names)), "class_names")
    return names


def saved_class_problems(
    found: Iterable[str],
    saved: tuple[str, ...],
    *,
    all_needed: bool,
    flag: str = "--data",
    noun: str = "picture",
) -> list[Problem]:
    """Compares the classes of a source with a class list that is already fixed (trap 17).

    Args:
        found: Classes of the source, in any order: the order of `saved` is what counts.
        saved: The class list of the run, or of the caller.
        all_needed: Whether a class of `saved` without pictures is a problem.
        flag: The flag whose value holds the pictures.
        noun: What the source holds: "picture" or "text".
    """
    found = sorted(set(found))
    problems = [
        Problem(
            "a class is not in the saved class list",
            repr(name),
            did_you_mean(name, saved, f"remove or rename it in {flag}; the list is: {shorten(saved)}"),
        )
        for name in found
        if name not in saved
    ]
    missing = [name for name in saved if name not in found] if all_needed else []
    if missing:
        what = f"classes of the saved class list have no {noun}s"
        problems.append(Problem(what, shorten(missing), f"add them to {flag}"))
    return problems


def unseen_class_problems(items: Iterable[Labelled]) -> list[Problem]:
    """Returns a problem for each label of a table that only validation or test rows have."""
    items = list(items)
    in_train = {item.class_name for item in items if item.split in ("", "train")}
    return [
        Problem(
            "a label is not among the training labels",
            repr(name),
            "add rows of it with the split train, or remove it",
        )
        for name in sorted({item.class_name for item in items} - in_train)
    ]


def few_classes_problem(names: tuple[str, ...], received: str, next_step: str) -> list[Problem]:
    """Returns the problem of having fewer than two classes, if so."""
    if len(names) >= 2:
        return []
    found = f"only one class, {names[0]!r}" if names else "no classes"
    return [Problem(f"the data has {found}: at least two are needed", received, next_step)]


def check_resize(image_size: int, resize: str) -> list[Problem]:
    """Checks the two values every reader takes."""
    problems = []
    whole = isinstance(image_size, int | np.integer) and not isinstance(image_size, bool)
    if not whole or not 1 <= image_size <= 4096:
        what = "image_size must be a whole number of pixels from 1 to 4096"
        problems.append(Problem(what, repr(image_size), "for example --image-size 224"))
    if resize not in ("stretch", "crop"):
        problems.append(
            Problem("resize must be 'stretch' or 'crop'", repr(resize), "for example --resize crop")
        )
    return problems


def check_bit_depth(bit_depth: int | None) -> list[Problem]:
    """Checks how many bits of 16-bit files are to be read; None is to be found."""
    whole = isinstance(bit_depth, int | np.integer) and not isinstance(bit_depth, bool)
    if bit_depth is None or (whole and 8 <= bit_depth <= 16):
        return []
    what = "bit_depth must be a whole number of bits from 8 to 16"
    return [Problem(what, repr(bit_depth), "for example --bit-depth 12")]


def most_problems(problems: list[Problem], most: int) -> list[Problem]:
    """Returns the first `most` problems of a table, and one that counts the others."""
    rest = len(problems) - most
    beyond = [Problem(f"and {plural(rest, 'more problem')} of this kind in the table")] if rest > 0 else []
    return problems[:most] + beyond


def require(condition: bool, problem: Problem) -> None:
    """Raises `InputError` with this one problem unless `condition` holds."""
    if not condition:
        raise InputError(problem)
