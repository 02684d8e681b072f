"""From labelled examples, whatever they are, to three splits; and from the list of a run to the same splits again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

from kerasft.base.errors import InputError, Problem, raise_problems
from kerasft.base.json_values import JsonFields
from kerasft.contract.answers import one_stratum
from kerasft.contract.splits import SPLITS, Column, Reading, Schema, Split, Splits
from kerasft.data.group_column import ColumnOf
from kerasft.data.listing import Item, Labelled
from kerasft.data.own_splits import empty_problems, recorded_sources, require_training, splits_of
from kerasft.data.placing import Placement, Wish, place
from kerasft.data.splits_file import change_problems
from kerasft.data.splitting import Copies, contradiction_problems, find_copies

_Split = TypeVar("_Split", bound=Split)
_Splits = TypeVar("_Splits", bound=Splits)


class Examples(Protocol):
    """Labelled examples in memory: row k of each list is one of them."""

    @property
    def items(self) -> Sequence[Labelled]:
        """Name, label and given split of each."""

    @property
    def keys(self) -> Sequence[bytes]:
        """What makes two of them copies of each other."""

    @property
    def hashes(self) -> Sequence[str]:
        """SHA-256 of the content of each, as in splits.csv."""

    @property
    def column(self) -> Column:
        """The examples themselves, for a model."""

    def keep(self, rows: list[int]) -> None:
        """Keeps these rows, in this order."""


@dataclass(frozen=True)
class Found:
    """What sources hold, before anything is drawn.

    Args:
        examples: All that can be used.
        schema: What their answers can be.
        given: The splits that the sources define; () when all are drawn.
        where: "source" and, of splits with a source of their own, "validation_data" and "test_data".
        header: The column names of a table.
        columns: What was named of them, as config.json of a run has it.
        data_dir: As given to the reader.
        notes: Remarks.
        problems: What is wrong, beside examples that are broken or have two labels.
        broken: The same of examples that can't be used.
        skipped: "id: reason" of each of these.
        column_of: Reads another column of the table: `Inputs.column_of_table`.
        check: Called with the copies; raises where these have a reason of their own.
        remarks: Called when copies are left out; returns what should be heard of the rest.
    """

    examples: Examples
    schema: Schema
    column_of: ColumnOf
    given: tuple[str, ...]
    where: Mapping[str, str]
    header: tuple[str, ...] = ()
    columns: JsonFields = field(default_factory=dict)
    data_dir: str | Path | None = None
    notes: Sequence[str] = ()
    problems: Sequence[Problem] = ()
    broken: Sequence[Problem] = ()
    skipped: Sequence[str] = ()
    check: Callable[[Copies], None] = lambda copies: None
    remarks: Callable[[], Sequence[str]] = tuple


def draw_splits(
    found: Found, wish: Wish, reading: Reading, kind: type[_Splits], skip_broken: bool
) -> _Splits:
    """Leaves copies out, draws the splits that the sources lack, and tells what a user should hear.

    Args:
        found: All labelled examples.
        wish: How to draw.
        reading: How they were read, for the record.
        kind: What to return.
        skip_broken: Whether examples that are broken, or have two labels, are left out and told, instead of refused.

    Raises:
        InputError: Anything about the data that can be put right, all of it at once.
    """
    examples, noun, conflict = found.examples, reading.noun, found.schema.conflict
    copies = find_copies(examples.items, examples.keys, noun)
    found.check(copies)
    refused = (
        [] if skip_broken else [*found.broken, *contradiction_problems(copies.contradictory, noun, conflict)]
    )
    raise_problems([*found.problems, *refused])
    had = splits_of(examples.items, copies.contradictory)
    examples.keep(copies.keep)
    require_training(had, splits_of(examples.items), found.where["source"], noun)
    remarks = found.remarks()
    placed = _place(found, wish, noun)
    raise_problems(empty_problems(placed.rows, found.given, had, found.where, noun))
    splits = arranged(examples, placed.rows, found.schema, kind.split_type)
    balance = found.schema.notes({name: split.targets for name, split in splits.items()}, noun)
    twice = [f"{item.id}: the same {noun} is {conflict}" for items in copies.contradictory for item in items]
    return kind(
        train=splits["train"],
        validation=splits["validation"],
        test=splits["test"],
        schema=found.schema,
        reading=reading,
        **found.where,
        seed=wish.seed,
        group=placed.group,
        group_sides=placed.group_sides,
        skipped=(*found.skipped, *twice),
        data_dir=None if found.data_dir is None else Path(found.data_dir).expanduser().absolute().as_posix(),
        notes=(*found.notes, *copies.notes, *placed.notes, *remarks, *balance),
    )


def _place(found: Found, wish: Wish, noun: str) -> Placement:
    examples, labels = found.examples, [item.label for item in found.examples.items]
    strata = found.schema.strata(found.schema.column(labels)) or one_stratum(len(labels))
    data = {**found.where, "data_dir": found.data_dir, "columns": found.columns}
    try:
        return place(
            examples.items,
            examples.keys,
            examples.hashes,
            strata,
            found.given,
            wish,
            data,
            found.column_of,
            header=found.header,
            noun=noun,
        )
    except InputError as error:
        hint = found.schema.few_hint(labels)
        raise InputError([*error.problems, *([Problem(hint)] if hint else [])]) from None


def arranged(
    examples: Examples, rows: Mapping[str, list[int]], schema: Schema, kind: type[Split]
) -> dict[str, Split]:
    """Sorts examples into the three splits (large ones in place) and returns these by name."""
    examples.keep([row for name in SPLITS for row in rows[name]])
    splits, start = {}, 0
    for name in SPLITS:
        stop = start + len(rows[name])
        splits[name] = split_of(name, examples, slice(start, stop), schema, kind)
        start = stop
    return splits


def split_of(name: str, examples: Examples, rows: slice, schema: Schema, kind: type[_Split]) -> _Split:
    """Returns some neighbouring rows as a split; large examples are a view, not a copy."""
    items = examples.items[rows]
    targets = schema.column(item.label for item in items)
    ids = tuple(item.id for item in items)
    return kind(name, examples.column[rows], targets, ids, tuple(examples.hashes[rows]))


def restored(
    examples: Examples,
    wanted: Mapping[str, tuple[Item, str]],
    reasons: Mapping[str, str],
    kind: type[_Splits],
    data: JsonFields,
    schema: Schema,
    reading: Reading,
) -> _Splits:
    """Returns the splits of an earlier run, made of examples that were read again.

    Args:
        examples: What could be read of them, in any order.
        wanted: What the run was made of, as `read_split_rows` returns it.
        reasons: Why others could not be read, by id.
        kind: What to return.
        data: What config.json of the run says of its data.
        schema: Of the run.
        reading: Of the run.

    Raises:
        InputError: Examples or labels are missing or changed, all listed.
    """
    reasons, found = dict(reasons), {}
    for item, digest in zip(examples.items, examples.hashes, strict=True):
        if item.label == wanted[item.id][0].label:
            found[item.id] = digest
        else:
            reasons[item.id] = f"its label is now {item.label!r}"
    own = recorded_sources(data)
    sources = " or ".join(filter(None, (data["source"], *own.values())))
    raise_problems(change_problems(wanted, found, reasons, sources, reading.noun))
    position = {item.id: row for row, item in enumerate(examples.items)}
    rows: dict[str, list[int]] = {name: [] for name in SPLITS}
    for item, _ in wanted.values():
        rows[item.split].append(position[item.id])
    splits = arranged(examples, rows, schema, kind.split_type)
    return kind(
        train=splits["train"],
        validation=splits["validation"],
        test=splits["test"],
        schema=schema,
        reading=reading,
        source=data["source"],
        seed=data.get("seed", 0),
        data_dir=data.get("data_dir"),
        validation_data=own.get("validation"),
        test_data=own.get("test"),
    )
