"""Columns of 0 and 1, true and false or yes and no, one for each answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kerasft.base.errors import Problem
from kerasft.base.wording import plural, shorten
from kerasft.contract.answers import UnreadableError
from kerasft.data.tables import Table
from kerasft.data.values import cell_text, is_boolean

_ONES, _ZEROS = ("1", "1.0", "true", "yes"), ("0", "0.0", "false", "no")
_MOSTLY = 0.9  # of the cells of a column that is meant to hold 0 and 1


def _flag(cell: object) -> str:
    return str(cell).lower() if is_boolean(cell) else cell_text(cell).strip().lower()


def is_one(cell: object) -> bool:
    """Returns whether a cell says yes."""
    return _flag(cell) in _ONES


def ones_of(cells: Mapping[str, object]) -> list[str]:
    """Returns the names of the columns that say yes, in a row of an example that may have several answers.

    Raises:
        UnreadableError: A cell says neither yes nor no.
    """
    for name, cell in cells.items():
        if not is_binary([cell]):
            what = f"the column {name!r} holds neither 0 nor 1"
            raise UnreadableError(what, cell_text(cell) or "nothing", "write 1 for yes and 0 for no")
    return [name for name, cell in cells.items() if is_one(cell)]


def is_binary(cells: Sequence[object]) -> bool:
    """Returns whether cells hold 0 and 1 alone, apart from missing ones."""
    values = {_flag(cell) for cell in cells if cell is not None}
    return bool(values) and values <= {*_ONES, *_ZEROS}


def is_mostly_binary(cells: Sequence[object]) -> bool:
    """Returns whether cells are meant to hold 0 and 1, apart from a few that are wrong."""
    return sum(is_binary([cell]) for cell in cells) >= _MOSTLY * len(cells) > 0


def one_hot_problems(table: Table, columns: Sequence[int]) -> list[Problem]:
    """Returns what is wrong with columns of 0 and 1 of which each row should have one 1."""
    used = f"columns {shorten((table.header[number] for number in columns), 20)}"
    cells = [table.column(number) for number in columns]
    counts = [sum(map(is_one, row)) for row in zip(*cells, strict=True)]
    others = [
        table.header[number] for number, values in zip(columns, cells, strict=True) if not is_binary(values)
    ]
    if others:
        what = f"the column {others[0]!r} holds more than 0 and 1"
        step = "name the column of the classes, or one column of 0 and 1 for each, with --label"
        return [Problem(what, used, step)]
    wrong = sum(count != 1 for count in counts)
    if not wrong:
        return []
    several = sum(count > 1 for count in counts)
    what = (
        f"{plural(wrong, 'row')} of the columns of 0 and 1 {'does' if wrong == 1 else 'do'} not name exactly one class "
        f"({several} name several, {wrong - several} none)"
    )
    step = "give each image one class, or name the right column or columns with --label (--label A,B,C)"
    return [Problem(what, used, step)]
