"""Whether the quotation marks of a table quote: what a consistent table looks like, and what swallows rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from kerasft.base.errors import Problem

SEPARATORS = ",;\t"
LINE_END = re.compile(r"\r\n|\n|\r")
Numbered = tuple[int, int, list[str]]  # first line, last line, cells
_FEW = 100  # different values of a column that names classes, and no texts
_CHECK = "check its quotation marks: one inside a quoted cell is written twice"


def lines_of(text: str, keepends: bool = False) -> Iterator[str]:
    """Yields the lines as an editor shows them, one at a time: a list of all takes 50 bytes for an empty one."""
    start = 0
    for end in LINE_END.finditer(text):
        yield text[start : end.end() if keepends else end.start()]
        start = end.end()
    if start < len(text) or not keepends:
        yield text[start:]


def swallowing_rows(text: str, separator: str, rows: Sequence[Numbered]) -> list[int]:
    """Returns the first lines of rows whose every line looks like a row: as many cells, and a class among them."""
    several = [(start, end) for start, end, _ in rows[1:] if end > start]
    width = len(rows[0][2]) if rows else 0
    if not several or width < 2:
        return []
    lines, passed = lines_of(text), 0
    others = [cells for start, end, cells in rows[1:] if end == start and len(cells) == width]
    classes = [_classes(column) for column in zip(*others, strict=True)]
    found = []
    for start, end in several:
        here = list(islice(lines, start - 1 - passed, end - passed))
        passed = end
        inside = [line.split(separator) for line in here if line.count(separator) == width - 1]
        if len(inside) < len(here):
            continue
        alike = any(
            all(cells[column] in known for cells in inside) for column, known in enumerate(classes) if known
        )
        if alike or (not others and separator == "\t"):
            found.append(start)
    return found


def _classes(column: Sequence[str]) -> frozenset[str]:
    """The values of a column if they come again and again, as classes do; none otherwise."""
    values = frozenset(column)
    return values if len(values) <= min(_FEW, max(1, len(column) // 2)) else frozenset()


def quotes_a_line(text: str, separator: str) -> bool:
    """Whether any cell that is whole on one line is in quotation marks."""
    return bool(re.search(_well_quoted(separator, '[^"\\r\\n]'), text))


def _well_quoted(separator: str, inside: str = '[^"]') -> str:
    """The pattern of a cell in quotation marks, with any mark inside written twice."""
    return rf'(?:\A|(?<=[{separator}\r\n]))"{inside}*+(?:""{inside}*+)*+"(?=[{separator}\r\n]|\Z)'


def is_even(text: str, separator: str) -> bool:
    """Whether every line has as many cells as the first, marks being text."""
    widths: set[int] = set()
    for line in lines_of(text):
        if line.strip():
            widths.add(line.count(separator))
        if len(widths) > 1:
            return False
    return bool(widths)


def is_consistent(text: str, separator: str) -> bool:
    """Whether quotation marks are used as a program that writes tables does."""

    def stand_in(found: re.Match[str]) -> str:
        inside = found[0][1:-1]
        return '"!' if any(mark in inside for mark in (*SEPARATORS, "\n", "\r", '"')) else '"?'

    replaced = re.sub(_well_quoted(separator), stand_in, text)
    if '"' in replaced.replace('"!', "").replace('"?', ""):
        return False  # a mark in a cell that is not quoted
    if '"?' not in replaced:
        return True  # quoted is what needs it
    rows = [line.split(separator) for line in LINE_END.split(replaced)[1:] if line.strip()]
    width = min(map(len, rows), default=0)
    return all(_is_quoted([cells[column] for cells in rows]) for column in range(width))


def _is_quoted(column: Sequence[str]) -> bool:
    """Whether all cells of a column are quoted, but numbers and empty ones; or none without need."""
    return '"?' not in column or all(cell[:1] == '"' or _is_number(cell) for cell in column)


def _is_number(cell: str) -> bool:
    try:
        float(cell or 0)
    except ValueError:
        return False
    return True


def mark_problem(
    text: str, separator: str, first: int, table: Path, most_lines: int | None = None
) -> Problem:
    """Names the line where the cell opens that is not closed well.

    Args:
        text: The whole table.
        separator: What is between its cells.
        first: The first line of the row that holds the cell.
        table: The file.
        most_lines: How many lines a cell may have, where that is what is wrong.
    """
    place = _begin_of_line(text, first)
    end = len(text) if most_lines is None else _begin_of_line(text, most_lines, place)
    cell = re.compile(rf'"[^"]*+(?:""[^"]*+)*+"(?=[{separator}\r\n]|\Z)|(?!")[^{separator}\r\n]*')
    start = place
    while place < end and (found := cell.match(text, place, end)):
        place = found.end() + 1
    line = first + sum(1 for _ in LINE_END.finditer(text, start, min(place, end)))
    what = f"line {line}: a quotation mark opens a cell that is not closed as it should be"
    if most_lines is not None:
        what = f"line {line}: a quotation mark opens a cell of more than {most_lines:,} lines"
    return Problem(what, str(table), _CHECK)


def _begin_of_line(text: str, number: int, start: int = 0) -> int:
    """Returns where a line begins, the one at `start` being the first; the end of the text if there are fewer."""
    if number == 1:
        return start
    ends = LINE_END.finditer(text, start)
    return next((end.end() for end in islice(ends, number - 2, None)), len(text))
