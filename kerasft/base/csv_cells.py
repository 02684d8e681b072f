"""CSV for people and programs: names that hold a line break are quoted, and none of them becomes a formula.

Spreadsheets run a cell that begins with =, +, - or @, also where it is the name of a stranger's class or file
(https://owasp.org/www-community/attacks/CSV_Injection). Such cells get an apostrophe in front, which spreadsheets take
for "this is text"; numbers stay numbers. KERASFT_EXACT_CSV=1 writes all cells as they are, for programs that look rows
up by such names. The `splits.csv` of a run is exact always: kerasft reads it.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterable, Sequence

_FORMULA = re.compile(r"\s*[=+\-@]|[\t\r]")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?(inf|nan)", re.IGNORECASE)


def csv_text(rows: Iterable[Sequence[object]], *, exact: bool | None = None) -> str:
    r"""Returns rows as CSV, with "\n" as the line's end and names with a line break in quotation marks.

    Args:
        rows: The first is the header.
        exact: Whether cells stay as they are, formulas too; None asks KERASFT_EXACT_CSV.
    """
    if exact is None:
        exact = os.environ.get("KERASFT_EXACT_CSV", "") not in ("", "0")
    return "".join(_line(row if exact else [harmless(cell) for cell in row]) for row in rows)


def harmless(cell: object) -> object:
    """Returns a cell that no spreadsheet takes for a formula."""
    if isinstance(cell, str) and _FORMULA.match(cell) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


def _line(cells: Sequence[object]) -> str:
    r"""A line of CSV. With "\n" alone as its line's end, the writer leaves "\r" in a name unquoted."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue().removesuffix("\r\n") + "\n"
