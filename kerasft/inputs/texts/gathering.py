"""All texts of the training data, and of splits with a source of their own, checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kerasft.base.errors import InputError, Problem
from kerasft.base.wording import plural
from kerasft.contract.splits import SPLITS
from kerasft.data.class_spelling import in_order
from kerasft.data.listing import (
    class_name_problems,
    few_classes_problem,
    saved_class_problems,
    unseen_class_problems,
)
from kerasft.data.own_splits import check_only, flag_of, own_note, part_of, prefix_of
from kerasft.inputs.texts.rows import Broken, Source, TextItem, broken_problems, split_of
from kerasft.inputs.texts.sources import open_source, source_name
from kerasft.inputs.texts.usable import usable_items


@dataclass
class Gathered:
    """What the sources hold.

    Args:
        class_names: In label order.
        items: The texts that can be used.
        broken: The rows that can't be.
        given: The splits that the sources define.
        notes: Remarks.
        problems: What is wrong with the classes, and with the rows where none may be left out.
    """

    class_names: tuple[str, ...]
    items: list[TextItem]
    broken: list[Broken]
    given: tuple[str, ...]
    notes: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def gather(found: Source, wanted: tuple[str, ...] | None, skip_broken: bool, received: str) -> Gathered:
    """Checks the texts of the training data.

    Args:
        found: Its rows.
        wanted: A class list that is already fixed.
        skip_broken: Leave out rows that can't be used.
        received: What the user gave, for messages.
    """
    items, broken, marks = usable_items(found, wanted)
    names = wanted or found.class_names or in_order(item.class_name for item in items)
    problems = [] if skip_broken else broken_problems(broken)
    problems += _class_problems(items, found, wanted, names, bool(problems), received)
    if skip_broken and broken and problems:
        first = broken[0].problem()
        what = (
            f"{plural(len(broken), 'row')} of {len(found.rows)} were left out (--skip-broken): {first.what}"
        )
        problems.append(Problem(what, first.received, broken[0].error.next_step))
    given = found.given_splits
    if given is None:  # also where none of a split's rows can be used: it is not to be drawn then
        known = {item.id for item in items} | {each.id for each in broken}
        named = {split_of(row) for row in found.rows if row.id in known}
        given = tuple(name for name in SPLITS if name in named)
    return Gathered(names, items, broken, given, [*found.notes, *marks], problems)


def add_own_splits(
    gathered: Gathered,
    sources: Mapping[str, Any],
    found: Source,
    data_dir: str | Path | None,
    skip_broken: bool,
    download: bool = False,
) -> None:
    """Adds the texts of the splits that have a source of their own; their classes are those of the training data.

    Raises:
        InputError: A source can't be read, or the training data has such a split too.
    """
    for split, source in sources.items():
        flag, names, prefix = flag_of(split), gathered.class_names, prefix_of(split)
        check_only(split, gathered.given)
        try:
            own = open_source(
                source, found.columns, names, data_dir, None, download=download, all_needed=False, flag=flag
            )
        except InputError as error:
            if not found.header:  # the columns that are named are of this table alone
                raise
            raise InputError(_of_own(each, flag) for each in error.problems) from None
        is_part = part_of((split_of(row) for row in own.rows), split, str(source))
        if is_part:
            own = replace(own, rows=[row for row in own.rows if split_of(row) == split])
        items, broken, marks = usable_items(own, names)
        gathered.items += [replace(item, id=prefix + item.id, split=split) for item in items]
        broken = [replace(each, id=prefix + each.id, place=f"{flag}, {each.place}") for each in broken]
        gathered.broken += broken
        gathered.problems += [] if skip_broken else broken_problems(broken)
        classes = {item.class_name for item in items}
        gathered.problems += saved_class_problems(classes, names, all_needed=False, flag=flag, noun="text")
        gathered.notes.append(own_note(split, source_name(source), is_part))
        gathered.notes += [f"{flag}: {note}" for note in (*own.notes, *marks)]
        gathered.given = tuple(name for name in SPLITS if name == split or name in gathered.given)
        if own.rows and not items and not broken:
            raise InputError(
                Problem("all labels are -1, which marks hidden labels", source_name(source), flag)
            )


def _of_own(problem: Problem, flag: str) -> Problem:
    """A column that is missing is not to be named otherwise: the flags for that are for both sources."""
    if "has no column" not in problem.what:
        return problem
    return Problem(
        f"{flag}: {problem.what}", problem.received, "name its columns as those of --data are named"
    )


def _class_problems(
    items: Sequence[TextItem],
    found: Source,
    wanted: tuple[str, ...] | None,
    names: tuple[str, ...],
    has_broken: bool,
    received: str,
) -> list[Problem]:
    if found.given_splits is not None and found.class_names == names and wanted is None:
        return class_name_problems(names) + few_classes_problem(names, received, "check the data")
    labels = {item.class_name for item in items}
    problems = class_name_problems(sorted(labels))
    if wanted is not None:
        return problems + saved_class_problems(labels, wanted, all_needed=True, noun="text")
    if has_broken or problems:  # what is missing may be in the rows that can't be used
        return problems
    problems = unseen_class_problems(items)
    if any(item.split for item in items) and not any(item.split == "train" for item in items):
        problems = [Problem("no row has the split train", received, "add such rows")]
    return problems + few_classes_problem(names, received, f"check the column {found.columns.label!r}")
