"""Which characters of a table separate, and which are text: the one reader of .csv and .tsv files.

The separator is the comma, semicolon or tab that the first line uses most. What a quotation mark means is not guessed
from the first one that is met, since a mark that opens a cell swallows all rows up to the next mark:

- Between tabs a mark is text, unless the whole table is consistently quoted: every quoted cell is well-formed, no other
  cell holds a mark, and the quoted cells are those that need it, or all cells of their column.
- Between commas and semicolons marks quote. Where they don't, although every line has as many cells as the header and
  no cell is quoted well, they are text, and a note says so.
- A cell of several lines that each look like a row of the table is suspect: a mark opened it that was not meant to.
- A cell of more than `MOST_CELL_LINES` is not read on: where its mark quotes, it was not meant to either.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from kerasft.base.bounded import read_bytes
from kerasft.base.errors import InputError, Problem
from kerasft.data.quoting import (
    LINE_END,
    SEPARATORS,
    Numbered,
    is_consistent,
    is_even,
    lines_of,
    mark_problem,
    quotes_a_line,
    swallowing_rows,
)

MOST_TABLE_BYTES = 4_000_000_000  # it is read as a whole
MOST_CHARACTERS = 10_000_000  # of a cell
MOST_CELL_LINES = 100_000
MOST_LINES = 10_000_000  # of a table: each takes a few hundred bytes of memory, whatever it holds


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table.

    Args:
        number: Of its first line, as an editor counts.
        cells: As written, without the quotation marks around them.
        fault: Why the row can't be used; "" where it can.
        received: What is shown of it then.
        next_step: What to do then.
    """

    number: int
    cells: Sequence[str]
    fault: str = ""
    received: str = ""
    next_step: str = ""


_MOST_LISTED = 5  # lines that are not UTF-8


@dataclass(frozen=True)
class Sheet:
    """A table as written: its first line, the rows that hold anything, and remarks."""

    header: list[str]
    lines: list[Line]
    notes: tuple[str, ...] = ()


def read_sheet(table: Path, flag: str = "--data", *, kind: str = "CSV") -> Sheet:
    """Reads a .csv or .tsv file.

    Args:
        table: The file.
        flag: The flag that holds `table`, for messages.
        kind: What the table is called in messages.

    Raises:
        InputError: The file can't be read, is not UTF-8, or its quotation marks make no sense; the line where the
            first of those opens is named.
    """
    text = decode_table(table, flag, kind=kind)
    separator = separator_of(text)
    if table.suffix.lower() == ".tsv" and "\t" in LINE_END.split(text, maxsplit=1)[0]:
        separator = "\t"
    with large_cells():
        return _read(text, separator, table)


def decode_table(table: Path, flag: str = "--data", *, kind: str = "CSV") -> str:
    """Returns the text of a table in UTF-8, with or without a byte order mark.

    Args:
        table: The file.
        flag: The flag that holds `table`, for messages.
        kind: What the table is called in messages.

    Raises:
        InputError: The file can't be read, or lines of it are not UTF-8.
    """
    try:
        raw = read_bytes(table, MOST_TABLE_BYTES)
    except OSError as error:
        what = f"the {kind} can't be read: {error.strerror or error}"
        raise InputError(Problem(what, str(table), f"check the path in {flag}")) from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        numbers = list(_lines_not_utf8(raw))
    listed = ", ".join(map(str, numbers[:_MOST_LISTED]))
    more = f" and {len(numbers) - _MOST_LISTED} more" if len(numbers) > _MOST_LISTED else ""
    what = f"line {listed} is not UTF-8" if len(numbers) == 1 else f"lines {listed}{more} are not UTF-8"
    raise InputError(Problem(what, str(table), "save the table as UTF-8 (in Excel: CSV UTF-8)"))


def refuse_crowded(text: str, table: Path) -> None:
    """Raises `InputError` for a table of more than `MOST_LINES`, before each of them takes memory."""
    count = _line_ends(text)
    if count > MOST_LINES:
        what = f"the table has {count:,} lines, and at most {MOST_LINES:,} are read"
        raise InputError(Problem(what, str(table), "give a part of it"))


def _line_ends(text: str) -> int:
    return text.count("\n") + text.count("\r") - text.count("\r\n")


def separator_of(text: str) -> str:
    """Returns the separator that a table's first line uses: a comma, a semicolon or a tab."""
    first = re.sub(r'"[^"]*"', "", LINE_END.split(text, maxsplit=1)[0])
    return max(SEPARATORS, key=first.count)


def _lines_not_utf8(raw: bytes) -> Iterator[int]:
    for number, line in enumerate(raw.split(b"\n"), start=1):  # no other character holds this byte
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            yield number


@contextmanager
def large_cells() -> Iterator[None]:
    """Lets cells be long: Python's own limit is 131,072 characters, less than a long text or many boxes."""
    before = csv.field_size_limit(2**31 - 1)
    try:
        yield
    finally:
        csv.field_size_limit(before)


class _LongCellError(csv.Error):
    """A row goes on over more than `MOST_CELL_LINES`."""


def _read(text: str, separator: str, table: Path) -> Sheet:
    if '"' not in text:
        return _sheet(_plain_rows(text, separator, table), ())
    fault: csv.Error | None = None
    rows: list[Numbered] = []
    try:
        for row in islice(_quoted_rows(text, separator), MOST_LINES):
            rows.append(row)
        refuse_crowded(text, table)
    except csv.Error as error:
        fault = error
    suspects = [] if fault else swallowing_rows(text, separator, rows)
    if separator == "\t":
        quoted = not fault and not suspects and is_consistent(text, separator)
        return _sheet(rows if quoted else _plain_rows(text, separator, table), ())
    if not fault and not suspects:
        return _sheet(rows, ())
    is_small = _line_ends(text) <= MOST_LINES
    if is_small and is_even(text, separator) and not quotes_a_line(text, separator):
        note = "quotation marks are read as text: as such, every line has as many cells as the header"
        return _sheet(_plain_rows(text, separator, table), (note,))
    if fault:
        most_lines = MOST_CELL_LINES if isinstance(fault, _LongCellError) else None
        if most_lines is None:
            refuse_crowded(text, table)
        first = rows[-1][1] + 1 if rows else 1
        raise InputError(mark_problem(text, separator, first, table, most_lines))
    return _sheet(rows, (), frozenset(suspects))


def _sheet(rows: Sequence[Numbered], notes: tuple[str, ...], suspects: frozenset[int] = frozenset()) -> Sheet:
    header = rows[0][2] if rows else []
    lines = []
    for start, end, cells in rows[1:]:
        if not any(cell.strip() for cell in cells):
            continue
        beyond = [cell for cell in cells[len(header) :] if cell.strip()]
        if start in suspects:
            lines.append(_swallowed(start, end, cells))
        elif beyond:
            what = f"the row has {len(cells)} cells, and the header {len(header)}"
            step = "put what holds the separator into quotation marks"
            lines.append(Line(start, cells, what, beyond[0].strip(), step))
        elif max(map(len, cells)) > MOST_CHARACTERS:
            what = f"a cell has {max(map(len, cells)):,} characters, and at most {MOST_CHARACTERS:,} are read"
            lines.append(Line(start, cells, what, "", "shorten it, or remove the row"))
        else:
            lines.append(Line(start, cells))
    return Sheet([name.strip() for name in header], lines, notes)


def _swallowed(start: int, end: int, cells: list[str]) -> Line:
    what = f"a quotation mark opens a cell that goes on to line {end}, over lines that look like rows"
    longest = max(cells, key=lambda cell: cell.count("\n"))
    return Line(start, cells, what, longest, "remove the mark, or write it twice inside a quoted cell")


def _plain_rows(text: str, separator: str, table: Path) -> list[Numbered]:
    refuse_crowded(text, table)
    return [
        (number, number, line.split(separator))
        for number, line in enumerate(lines_of(text), start=1)
        if line or number == 1
    ]


def _quoted_rows(text: str, separator: str) -> Iterator[Numbered]:
    start = 1

    def lines() -> Iterator[str]:
        for number, line in enumerate(lines_of(text, keepends=True), start=1):
            if number - start >= MOST_CELL_LINES:
                raise _LongCellError
            yield line

    reader = csv.reader(lines(), delimiter=separator, strict=True)
    for cells in reader:
        if cells or start == 1:
            yield start, reader.line_num, cells
        start = reader.line_num + 1
