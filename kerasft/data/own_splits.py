"""A test (or validation) split with a source of its own: `--test-data`, `--validation-data`.

Its ids begin with "test-data:" (or "validation-data:"), so that no file of it is taken for one of the training data.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TypeVar

from kerasft.base.errors import InputError, Problem
from kerasft.base.json_values import JsonFields
from kerasft.contract.splits import SPLITS
from kerasft.data.listing import Item, Labelled, Listing

Sources = Mapping[str, str]  # by split name, as config.json has them
_Value = TypeVar("_Value")


def prefix_of(split: str) -> str:
    """Returns what the ids of a split with a source of its own begin with."""
    return f"{split}-data:"


def without_prefix(name: str) -> str:
    """Returns an id as its own source has it."""
    return name.removeprefix(prefix_of("validation")).removeprefix(prefix_of("test"))


def flag_of(split: str) -> str:
    """Returns the flag that gives a split a source of its own."""
    return f"--{split}-data"


def flag_of_prefix(prefix: str) -> str:
    """Returns the flag that gives the source of ids with this prefix; "" is that of the training data."""
    return f"--{prefix[:-1]}" if prefix else "--data"


def require_in_place(source: Path, flag: str) -> None:
    """Raises if the data of a run is no longer where the run says."""
    if not os.path.exists(source):
        which = (
            "the data of this run" if flag == "--data" else f"the {flag[2:].replace('-', ' ')} of this run"
        )
        step = f"put it back, or give its new place with {flag} to report or export"
        if flag == flag_of("test"):
            step += ", as DATA to evaluate, with --data to compare"
        raise InputError(Problem(f"{which} is not where it was", str(source), step))


Data = str | Path | Iterable[object]  # a place, or the examples themselves
Place = TypeVar("Place")


def given_sources(validation_data: Place | None, test_data: Place | None) -> dict[str, Place]:
    """Returns what the user gave, by split name."""
    both = {"validation": validation_data, "test": test_data}
    return {split: source for split, source in both.items() if source is not None}


def recorded_sources(data: JsonFields) -> dict[str, str]:
    """Returns the sources that a run's config.json has, by split name."""
    return given_sources(data.get("validation_data"), data.get("test_data"))


def check_only(split: str, given: Sequence[str]) -> None:
    """Raises if the training data has this split as well."""
    if split in given:
        what = f"the data has a {split} split of its own, and {flag_of(split)} gives another"
        step = f"leave {flag_of(split)} out, or take the {split} split out of the data"
        raise InputError(Problem(what, flag_of(split), step))


def check_outside(split: str, own: Data, source: Data, given: Sequence[str]) -> None:
    """Raises if the folder of a split lies among the class folders of the training data, and so would be a class."""
    if given or not (isinstance(own, str | Path) and isinstance(source, str | Path)):
        return
    if not (os.path.isdir(own) and os.path.isdir(source)):
        return
    inner, outer = Path(own).resolve(), Path(source).resolve()
    if outer in inner.parents:
        what = f"the folder of {flag_of(split)} lies inside that of --data, where it would be a class"
        raise InputError(
            Problem(what, str(own), "move it out of there, or give --data the training folder alone")
        )


def part_of(splits: Iterable[str], split: str, received: str) -> bool:
    """Whether only a part of a source is taken: where it has splits, the one of this name.

    Raises:
        InputError: It has splits, and this one is not among them.
    """
    found = {each for each in splits if each}
    if found and split not in found:
        what = f"the data of {flag_of(split)} has splits, and none of them is {split}"
        step = f"give the folder or the table of the {split} split alone"
        raise InputError(Problem(what, received, step))
    return bool(found)


def splits_of(items: Iterable[Labelled], contradictory: Iterable[Sequence[Labelled]] = ()) -> set[str]:
    """Returns the splits that examples are in, "" for those that are not drawn yet; contradictory ones don't count."""
    left_out = {item.id for group in contradictory for item in group}
    return {item.split for item in items if item.id not in left_out}


def require_training(had: Collection[str], kept: Collection[str], source: str, noun: str) -> None:
    """Raises if copies in later splits leave nothing to train on: --test-data is --data again.

    Args:
        had: The splits of the examples, "" for those that are not drawn yet.
        kept: The same without copies in later splits.
        source: The training data.
        noun: What the examples are.
    """
    if {"", "train"} & set(had) and not {"", "train"} & set(kept):
        later = " or ".join(name for name in SPLITS if name in kept)
        flags = " or ".join(flag_of(name) for name in SPLITS if name in kept)
        what = f"every {noun} of the training data is in {later} too, and stays there"
        raise InputError(Problem(what, source, f"give other {noun}s with {flags}"))


def empty_problems(
    rows: Mapping[str, Sequence[int]],
    given: Iterable[str],
    had: Collection[str],
    where: Mapping[str, str],
    noun: str,
) -> list[Problem]:
    """Returns a problem for each given split that nothing is left of, and where nothing is there to train on.

    Args:
        rows: Of each split.
        given: The splits that the sources define.
        had: Those that had examples before copies were left out.
        where: "source", "validation_data" and "test_data".
        noun: What the examples are.
    """
    problems = []
    for split in dict.fromkeys(("train", *given)):
        if rows[split]:
            continue
        own = f"{split}_data" in where
        received = where[f"{split}_data"] if own else where["source"]
        if split in had:
            later = " or ".join(SPLITS[SPLITS.index(split) + 1 :])
            what = f"every {noun} of the {split} split is in {later} too, and stays there"
            step = f"give other {noun}s with {flag_of(split)}" if own else f"add other {noun}s to it"
            problems.append(Problem(what, received, step))
        else:
            problems.append(Problem(f"the {split} split has no {noun}s", received, "add some"))
    return problems


def own_note(split: str, received: str, is_part: bool) -> str:
    """Returns a remark on where a split is from."""
    return f"the {split} split is {f'{split} of ' if is_part else ''}{received} ({flag_of(split)})"


def join(listing: Listing, split: str, own: Listing, received: str) -> Listing:
    """Returns the listing of the training data together with that of one split.

    Args:
        listing: Of the training data.
        split: "validation" or "test".
        own: Of the data of that split.
        received: What the user gave for it.
    """
    check_only(split, listing.given_splits)
    is_part = part_of(own.given_splits, split, received)

    def items() -> Iterator[Item]:
        for item in own.items():
            if not is_part or item.split == split:
                yield replace(item, id=prefix_of(split) + item.id, split=split)

    given = tuple(name for name in SPLITS if name == split or name in listing.given_splits)
    notes = (
        *listing.notes,
        own_note(split, received, is_part),
        *(f"{flag_of(split)}: {note}" for note in own.notes),
    )
    return replace(
        listing,
        count=listing.count + own.count,
        items=lambda: chain(listing.items(), items()),
        given_splits=given,
        notes=notes,
    )


def apart(wanted: Mapping[str, _Value], sources: Sources) -> list[tuple[str, str, dict[str, _Value]]]:
    """Divides what splits.csv holds by where it came from.

    Args:
        wanted: By id.
        sources: Of the splits that have their own.

    Returns:
        For each of `sources`: its prefix, the source, and what is wanted of it by id without the prefix; at last, with
        the prefix and source "", what is of the training data.
    """
    parts, rest = [], dict(wanted)
    for split, source in sources.items():
        prefix = prefix_of(split)
        own = {name: rest.pop(name) for name in list(rest) if name.startswith(prefix)}
        parts.append((prefix, source, {name.removeprefix(prefix): each for name, each in own.items()}))
    return [*parts, ("", "", rest)]
