"""Where a table of texts has several labels each: in a column, in columns of 0 and 1, or in several rows of a text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kerasft.base.errors import InputError, Problem
from kerasft.base.wording import plural, shorten
from kerasft.data.one_hot import is_mostly_binary, is_one
from kerasft.data.tables import SPLIT, Table
from kerasft.inputs.texts.rows import Row
from kerasft.inputs.texts.texts import TextColumns

NAMES = "label labels class tags topics categories classes targets category target".split()
_MARKS = "|;,["  # what separates labels in a cell, and what begins a list


def named_labels(table: Table, columns: TextColumns) -> tuple[TextColumns, list[str]]:
    """Returns the columns with those of labels, where the one by default isn't there, and remarks.

    Raises:
        InputError: A column of 0 and 1 has a comma in its name.
    """
    names = [name.strip().lower() for name in table.header]
    texts = {each.strip().lower() for each in (columns.text, columns.text_pair) if each is not None}
    if columns.label != TextColumns.label or columns.label in names:
        return columns, _never(table, columns.label)
    for name in NAMES:
        if name in names and name not in texts:
            found = table.header[names.index(name)]
            return replace(columns, label=found), [
                f"the column {found!r} has the labels (--label names another)"
            ]
    rest = [number for number, name in enumerate(names) if name not in (*texts, SPLIT)]
    binary = [table.header[number] for number in rest if is_mostly_binary(table.column(number))]
    if len(binary) < 2:
        return columns, []
    if odd := [name for name in binary if "," in name]:
        what, step = (
            "a column of 0 and 1 has a comma in its name",
            "rename it: --label separates names by commas",
        )
        raise InputError(Problem(what, shorten(odd), step))
    label = ",".join(binary)
    return replace(columns, label=label), [
        f"one column for each label: {shorten(binary)}",
        *_never(table, label),
    ]


def _never(table: Table, label: str) -> list[str]:
    """Returns that columns of 0 and 1 have no 1."""
    if "," not in label or label in table.header:
        return []
    numbers = [table.header.index(name) for name in label.split(",") if name in table.header]
    never = [table.header[number] for number in numbers if not any(map(is_one, table.column(number)))]
    return [f"columns without any 1, left out: {shorten(never)}"] if never else []


def joined_rows(rows: Sequence[Row], notes: list[str]) -> list[Row]:
    """Returns the rows with those joined that have the same text and split, where no cell has several labels.

    Args:
        rows: Of a table.
        notes: To be added to.
    """
    if not all(row.label is None or _is_single(row.label) for row in rows):
        return [*rows]
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        key = (str(row.text), str(row.pair), str(row.split))
        groups.setdefault(key if isinstance(row.text, str) and row.text.strip() else (row.id,), []).append(
            row
        )
    found: list[Row] = []
    more = 0
    for same in groups.values():
        labels = dict.fromkeys(str(row.label or "").strip() for row in same)
        if len(labels) == 1:
            found += same
            continue
        found.append(replace(same[0], label=[name for name in labels if name]))
        more += len(same) - 1
    if more:
        notes.append(f"{plural(more, 'row')} with a further label of a text that is listed before")
    return found


def _is_single(cell: object) -> bool:
    return isinstance(cell, str) and not any(mark in cell for mark in _MARKS)
