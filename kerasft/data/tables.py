"""Tables of any kind, by their suffix: .csv and .tsv, .jsonl (or .ndjson), .parquet.

CSV and TSV are UTF-8, with or without a byte order mark; `kerasft.data.dialect` says how separators and quotation marks
are read. JSON Lines has one object per line. A column `split` (train, validation, test) is used when there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kerasft.base.errors import InputError, Problem, did_you_mean
from kerasft.base.json_values import JsonFields
from kerasft.base.wording import shorten
from kerasft.contract.answers import UnreadableError
from kerasft.data.dialect import decode_table, read_sheet, refuse_crowded
from kerasft.data.parquet import parquet_columns, read_parquet
from kerasft.data.values import show

SPLIT = "split"
Cells = Sequence[object] | UnreadableError


@dataclass(frozen=True)
class Table:
    """A table as written.

    Args:
        header: The names of the columns.
        read: Yields the number of each row, counted in `unit`s, and its cells in some columns, None for those that are
            not there; or why the row can't be used.
        unit: "line", as an editor counts; "row" from 1 where there are no lines.
        notes: Remarks.
    """

    header: tuple[str, ...]
    read: Callable[[Sequence[int]], Iterator[tuple[int, Cells]]] = field(repr=False)
    unit: str = "line"
    notes: tuple[str, ...] = ()

    def rows(self, columns: Sequence[int | None]) -> Iterator[tuple[int, Cells]]:
        """Yields the number of each row and its cells, in the order of these columns; None is a column of nothing."""
        used = sorted({each for each in columns if each is not None})
        places = [None if each is None else used.index(each) for each in columns]
        for number, cells in self.read(used):
            if isinstance(cells, UnreadableError):
                yield number, cells
            else:
                yield number, [None if place is None else cells[place] for place in places]

    def column(self, number: int) -> list[object]:
        """Returns the cells of one column, of the rows that can be used."""
        return [cells[0] for _, cells in self.rows([number]) if not isinstance(cells, UnreadableError)]

    def split_column(self, used: Sequence[int | None]) -> int | None:
        """Returns the column that says which split a row is in, if there is one; `used` mean something else."""
        named = [row for row, name in enumerate(self.header) if name.casefold() == SPLIT and row not in used]
        return named[0] if len(named) == 1 else None


def open_table(path: str | Path, flag: str = "--data", *, kind: str = "table") -> Table:
    """Opens a table, by its suffix: any other than those of JSON Lines and Parquet is that of a CSV.

    Args:
        path: The file.
        flag: The flag that holds `path`, for messages.
        kind: What the table is called in messages.

    Raises:
        InputError: The file can't be read.
        UnavailableError: pyarrow, which Parquet needs, is missing or broken.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        return _open_parquet(path, flag)
    if suffix in (".jsonl", ".ndjson"):
        return _open_json_lines(path, flag, kind)
    sheet = read_sheet(path, flag, kind=kind)

    def read(columns: Sequence[int]) -> Iterator[tuple[int, Cells]]:
        for line in sheet.lines:
            if line.fault:
                yield line.number, UnreadableError(line.fault, line.received, line.next_step)
            else:
                cells = line.cells
                yield line.number, [cells[each] if each < len(cells) else None for each in columns]

    return Table(tuple(sheet.header), read, notes=sheet.notes)


def find_column(
    header: Sequence[str], wanted: str, flag: str, problems: list[Problem], owner: str = "table"
) -> int:
    """Returns the number of a column that was named; upper and lower case count only where a table has both.

    Args:
        header: The names of the columns.
        wanted: As the user has it.
        flag: That names it, for messages.
        problems: To be added to where there is no such column, or more than one; 0 is returned then.
        owner: What has the columns, for messages.
    """
    found = [number for number, name in enumerate(header) if name == wanted]
    folded = wanted.strip().casefold()
    found = found or [number for number, name in enumerate(header) if name.strip().casefold() == folded]
    received = f"columns {shorten(header, 20) or '(none)'}"
    if not found:
        step = did_you_mean(wanted, header, f"name the right one with {flag}")
        problems.append(Problem(f"the {owner} has no column {wanted!r} ({flag})", received, step))
    elif len(found) > 1:
        what = f"the {owner} has more than one column {wanted!r} ({flag})"
        problems.append(Problem(what, received, "rename one of them"))
    return found[0] if found else 0


def _open_parquet(path: Path, flag: str) -> Table:
    try:
        header = tuple(parquet_columns(path))
    except OSError as error:
        what = f"the Parquet file can't be read: {error.strerror or error}"
        raise InputError(Problem(what, str(path), f"check the path in {flag}")) from None

    def read(columns: Sequence[int]) -> Iterator[tuple[int, Cells]]:
        names = [header[each] for each in columns]
        for number, cells in enumerate(read_parquet(path, names), start=1):
            yield number, [cells[name] for name in names]

    return Table(header, read, "row")


def _open_json_lines(path: Path, flag: str, kind: str) -> Table:
    text = decode_table(path, flag, kind=kind)
    refuse_crowded(text, path)
    rows: list[tuple[int, JsonFields | UnreadableError]] = []
    names: dict[str, None] = {}
    # Only "\n" ends a line: splitlines() would also cut at U+2028, which JSON texts may hold.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        cells = _json_object(line)
        rows.append((number, cells))
        if not isinstance(cells, UnreadableError):
            names.update(dict.fromkeys(cells))
    if rows and not names:  # not one object: the file is something else, and columns are not the problem
        number, first = rows[0]
        if isinstance(first, UnreadableError):
            raise InputError(Problem(f"line {number}: {first}", show(first.received), first.next_step))
    header = tuple(names)

    def read(columns: Sequence[int]) -> Iterator[tuple[int, Cells]]:
        for number, cells in rows:
            if isinstance(cells, UnreadableError):
                yield number, cells
            else:
                yield number, [cells.get(header[each]) for each in columns]

    return Table(header, read)


def _json_object(line: str) -> JsonFields | UnreadableError:
    next_step = 'write one object per line, such as {"text": "...", "label": "..."}'
    try:
        value = json.loads(line)
    except json.JSONDecodeError as error:
        return UnreadableError(f"not JSON: {error.msg} (column {error.colno})", line.strip(), next_step)
    except (ValueError, RecursionError):  # a number of thousands of digits; thousands of brackets
        return UnreadableError("not JSON that can be read", line.strip(), next_step)
    if not isinstance(value, dict):
        return UnreadableError("not a JSON object", value, next_step)
    return value
