"""Tables of texts by their suffix: .csv and .tsv, .jsonl (or .ndjson), .parquet.

CSV and TSV are UTF-8, with or without a byte order mark; `kerasft.data.dialect` says how separators and quotation
marks are read. JSON Lines has one object per line. A column `split` (train, validation, test) is used when there.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kerasft.base.errors import InputError, Problem, did_you_mean, raise_problems
from kerasft.base.wording import shorten
from kerasft.data.class_spelling import is_missing
from kerasft.data.dialect import decode_table, read_sheet, refuse_crowded
from kerasft.data.parquet import parquet_columns, read_parquet
from kerasft.data.signatures import TABLE_SUFFIXES
from kerasft.inputs.texts.rows import Row, Source, UnreadableError, show
from kerasft.inputs.texts.texts import TextColumns

SPLIT_COLUMN = "split"
_OTHERS = {
    ".json": "write one object per line and name the file .jsonl",
    ".xls": "save the table as CSV (UTF-8)",
    ".xlsx": "save the table as CSV (UTF-8)",
    ".ods": "save the table as CSV (UTF-8)",
    ".gz": "extract it first",
    ".zip": "extract it first",
    ".bz2": "extract it first",
    ".xz": "extract it first",
    ".txt": "one text per file goes into one folder per class: give the folder above them",
}
Cells = dict[str, Any] | UnreadableError


@dataclass(frozen=True)
class _Table:
    """A table as read: its column names, and each row with its number, counted in `unit`s."""

    header: list[str]
    rows: Iterable[tuple[int, Cells]]
    unit: str = "line"
    notes: tuple[str, ...] = ()


def read_table(
    path: str | Path, columns: TextColumns, *, name: str | None = None, flag: str = "--data"
) -> Source:
    """Reads a table of texts and labels.

    Args:
        path: A file with one of `TABLE_SUFFIXES`.
        columns: The columns to read; upper and lower case count only where a table has both.
        name: The file's name in the ids; its own when None.
        flag: The flag that holds `path`, for messages.

    Returns:
        The rows, not yet checked. Their numbers are those of the lines, as an editor counts them; of a
        Parquet file, those of its rows, from 1.

    Raises:
        InputError: The file can't be read, or has no such columns, or no rows.
        UnavailableError: pyarrow, which Parquet needs, is missing or broken.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if not os.path.exists(path):
        raise InputError(Problem("the data does not exist", str(path), f"check the path in {flag}"))
    if suffix not in TABLE_SUFFIXES:
        next_step = _OTHERS.get(suffix, "give a .csv, .tsv, .jsonl or .parquet file, or a folder of texts")
        raise InputError(Problem("texts are not read from files of this kind", str(path), next_step))
    name = name or path.name
    if suffix == ".parquet":
        header = parquet_columns(path)
        columns = find_columns(header, columns)
        used = [each for each in (*_used(columns), _split_column(header, columns)) if each]
        table = _Table(header, enumerate(read_parquet(path, used), start=1), "row")
    else:
        table = _read_json_lines(path, flag) if suffix in (".jsonl", ".ndjson") else _read_csv(path, flag)
        columns = find_columns(table.header, columns)
    rows = list(_rows(table, columns, name))
    if not rows:
        what = "the table has a header and no rows"
        raise InputError(Problem(what, str(path), "add one row per text"))
    return Source(rows, columns, notes=table.notes, header=tuple(table.header))


def table_header(path: Path) -> list[str]:
    """Returns the names of a table's columns; of JSON lines, those of the first."""
    if path.suffix.lower() == ".parquet":
        return parquet_columns(path)
    if path.suffix.lower() in (".jsonl", ".ndjson"):
        return _read_json_lines(path, "the input").header
    return read_sheet(path, "the input", kind="table").header


def read_column(table: Path, name: str, label: str, ids: Sequence[str]) -> dict[str, str]:
    """Returns what a column of a table says of each row, by id.

    Args:
        table: The file.
        name: Of the column.
        label: The column of the class.
        ids: Of rows of this table: they begin with the file's name as it was then.

    Raises:
        InputError: The table can't be read, or has no such column.
    """
    called = next(iter(ids), table.name).rsplit(":", 1)[0]
    try:
        rows = read_table(table, TextColumns(text=name, label=label), name=called, flag="--group").rows
    except InputError as error:  # the reader takes the column for the texts'
        raise InputError(
            Problem(
                *(part.replace("--text", "--group") for part in (each.what, each.received, each.next_step))
            )
            for each in error.problems
        ) from None
    return {row.id: "" if is_missing(row.text) else str(row.text) for row in rows}


def find_columns(header: Iterable[str], columns: TextColumns, owner: str = "table") -> TextColumns:
    """Returns the columns as the table spells them.

    Raises:
        InputError: One is not there, there twice, or two are the same.
    """
    header, problems = list(header), []
    found: dict[str, Any] = {}
    for role, wanted in vars(columns).items():
        flag = "--" + role.replace("_", "-")
        if wanted is None:
            found[role] = None
            continue
        matches = [name for name in header if name == wanted]
        matches = matches or [name for name in header if name.casefold() == str(wanted).casefold()]
        received = f"columns {shorten(header, 20) or '(none)'}"
        if not matches:
            next_step = did_you_mean(str(wanted), header, f"name the right one with {flag}")
            problems.append(Problem(f"the {owner} has no column {wanted!r} ({flag})", received, next_step))
        elif len(matches) > 1:
            what = f"the {owner} has more than one column {wanted!r} ({flag})"
            problems.append(Problem(what, received, "rename one of them"))
        else:
            found[role] = matches[0]
    raise_problems(problems)
    named = [name for name in found.values() if name is not None]
    if len(set(named)) < len(named):
        what = "--text, --text-pair and --label must name different columns"
        raise InputError(Problem(what, shorten(named), f"columns of the {owner}: {shorten(header, 20)}"))
    return TextColumns(**found)


def _used(columns: TextColumns) -> list[str]:
    return [name for name in vars(columns).values() if name is not None]


def _split_column(header: list[str], columns: TextColumns) -> str | None:
    matches = [name for name in header if name.casefold() == SPLIT_COLUMN and name not in _used(columns)]
    return matches[0] if len(matches) == 1 else None


def _rows(table: _Table, columns: TextColumns, name: str) -> Iterator[Row]:
    split = _split_column(table.header, columns)
    for number, cells in table.rows:
        place = f"{table.unit} {number}"
        if isinstance(cells, UnreadableError):
            yield Row(f"{name}:{number}", place, cells)
            continue
        pair = cells.get(columns.text_pair) if columns.text_pair else None
        yield Row(
            f"{name}:{number}",
            place,
            cells.get(columns.text),
            pair,
            cells.get(columns.label),
            cells.get(split) if split else "",
        )


def _read_csv(path: Path, flag: str) -> _Table:
    sheet = read_sheet(path, flag, kind="table")
    rows: list[tuple[int, Cells]] = [
        (line.number, UnreadableError(line.fault, show(line.received), line.next_step))
        if line.fault
        else (line.number, dict(zip(sheet.header, line.cells, strict=False)))
        for line in sheet.lines
    ]
    return _Table(sheet.header, rows, notes=sheet.notes)


def _read_json_lines(path: Path, flag: str) -> _Table:
    text = decode_table(path, flag, kind="table")
    refuse_crowded(text, path)
    rows: list[tuple[int, Cells]] = []
    header: dict[str, None] = {}
    # Only "\n" ends a line: splitlines() would also cut at U+2028, which JSON texts may hold.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        cells = _json_object(line)
        rows.append((number, cells))
        if isinstance(cells, dict):
            header.update(dict.fromkeys(cells))
    if rows and not header:  # not one object: the file is something else, and columns are not the problem
        number, first = rows[0]
        if isinstance(first, UnreadableError):
            raise InputError(Problem(f"line {number}: {first}", first.received, first.next_step))
    return _Table(list(header), rows)


def _json_object(line: str) -> Cells:
    next_step = 'write one object per line, such as {"text": "...", "label": "..."}'
    try:
        value = json.loads(line)
    except json.JSONDecodeError as error:
        return UnreadableError(f"not JSON: {error.msg} (column {error.colno})", show(line.strip()), next_step)
    except (ValueError, RecursionError):  # a number of thousands of digits; thousands of brackets
        return UnreadableError("not JSON that can be read", show(line.strip()), next_step)
    if not isinstance(value, dict):
        return UnreadableError("not a JSON object", show(value), next_step)
    return value
