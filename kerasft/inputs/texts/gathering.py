"""All texts of the training data, and of splits with a source of their own, checked."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from kerasft.base.errors import InputError, Problem
from kerasft.base.wording import plural
from kerasft.contract.answers import Place
from kerasft.contract.splits import SPLITS, Schema
from kerasft.contract.targets import Targets
from kerasft.data.given import Given
from kerasft.data.listing import splits_by_label
from kerasft.data.own_splits import check_only, flag_of, own_note, part_of, prefix_of
from kerasft.inputs.texts.rows import Broken, Source, TextItem, broken_problems, split_of
from kerasft.inputs.texts.sources import open_source, source_name
from kerasft.inputs.texts.usable import Usable, usable_items


@dataclass
class Gathered:
    """What the sources hold.

    Args:
        schema: What the labels can be.
        items: The texts that can be used.
        broken: The rows that can't be.
        given: The splits that the sources define.
        notes: Remarks.
        problems: What is wrong with the labels, and with the rows where none may be left out.
    """

    schema: Schema
    items: list[TextItem]
    broken: list[Broken]
    given: tuple[str, ...]
    notes: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def gather(
    found: Source, targets: Targets, wanted: Schema | None, skip_broken: bool, received: str
) -> Gathered:
    """Checks the texts of the training data.

    Args:
        found: Its rows.
        targets: What their labels mean.
        wanted: A schema that is already fixed.
        skip_broken: Leave out rows that can't be used.
        received: What the user gave, for messages.
    """
    usable = usable_items(found, targets, wanted)
    items, broken = usable.items, usable.broken
    problems = [] if skip_broken else broken_problems(broken)
    schema, of_labels = _schema(found, usable, targets, wanted, not problems, received)
    problems += of_labels
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
    return Gathered(schema, items, broken, given, [*found.notes, *usable.notes], problems)


def add_own_splits(gathered: Gathered, given: Given, found: Source, targets: Targets) -> None:
    """Adds the texts of the splits that have a source of their own; their labels are those of the training data.

    Raises:
        InputError: A source can't be read, or the training data has such a split too.
    """
    for split, source in given.own.items():
        flag, prefix = flag_of(split), prefix_of(split)
        check_only(split, gathered.given)
        try:
            other = given.other(source)
            own = open_source(other, found.columns, targets, gathered.schema, all_needed=False, flag=flag)
        except InputError as error:
            if not found.header:  # the columns that are named are of this table alone
                raise
            raise InputError(_of_own(each, flag) for each in error.problems) from None
        is_part = part_of((split_of(row) for row in own.rows), split, str(source))
        if is_part:
            own = replace(own, rows=[row for row in own.rows if split_of(row) == split])
        usable = usable_items(own, targets, gathered.schema)
        gathered.items += [replace(item, id=prefix + item.id, split=split) for item in usable.items]
        broken = [replace(each, id=prefix + each.id, place=f"{flag}, {each.place}") for each in usable.broken]
        gathered.broken += broken
        gathered.problems += [] if given.skip_broken else broken_problems(broken)
        place = Place(source_name(source), "", flag, "text", all_needed=False)
        labels = splits_by_label(usable.items)
        gathered.problems += targets.find_schema(labels, gathered.schema, place)[1]
        gathered.notes.append(own_note(split, source_name(source), is_part))
        gathered.notes += [f"{flag}: {note}" for note in (*own.notes, *usable.notes)]
        gathered.given = tuple(name for name in SPLITS if name == split or name in gathered.given)
        if usable.hidden:
            raise InputError(Problem(usable.hidden, source_name(source), flag))


def _of_own(problem: Problem, flag: str) -> Problem:
    """A column that is missing is not to be named otherwise: the flags for that are for both sources."""
    if "has no column" not in problem.what:
        return problem
    return Problem(
        f"{flag}: {problem.what}", problem.received, "name its columns as those of --data are named"
    )


def _schema(
    found: Source, usable: Usable, targets: Targets, wanted: Schema | None, complete: bool, received: str
) -> tuple[Schema, list[Problem]]:
    """Returns what the labels can be, and what is wrong with them, or with the splits that the rows name."""
    if wanted is None and found.schema is not None:  # whose reader has checked it
        return found.schema, []
    step = f"check the column {found.columns.label!r}"
    place = Place(received, step, noun="text", complete=complete)
    schema, problems = targets.find_schema(splits_by_label(usable.items), wanted, place)
    named = {item.split for item in usable.items} - {""}
    if wanted is None and complete and named and "train" not in named:
        problems.insert(0, Problem("no row has the split train", received, "add such rows"))
    return schema, problems
