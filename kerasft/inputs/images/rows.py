"""The rows of a table of images, with what is wrong with others."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kerasft.base.errors import Problem
from kerasft.contract.answers import UnreadableError
from kerasft.contract.targets import Targets
from kerasft.data.tables import Table, open_table
from kerasft.inputs.images.columns import Found, ImageColumns, find_columns, text_of


@dataclass(frozen=True)
class Row:
    """One row of the table: its number as an editor counts lines, and its cells ("" when missing)."""

    number: int
    path: str
    label: object
    split: str


def rows_of(path: Path, columns: ImageColumns, data_dir: str | Path | None, targets: Targets) -> list[Row]:
    """Returns the rows of a table that can be used, with their answers as the table has them.

    Raises:
        InputError: The table can't be read, or its columns can't be told.
    """
    table, root = open_table(path), path.parent if data_dir is None else Path(data_dir)
    return read_rows(table, find_columns(table, columns, root, path.stem, targets.several))[0]


def read_rows(table: Table, found: Found) -> tuple[list[Row], list[Problem]]:
    """Returns the rows, and what is wrong with others."""
    split = table.split_column((found.image, *found.labels))
    rows, problems = [], []
    for number, cells in table.rows((found.image, split, *found.labels)):
        try:
            if isinstance(cells, UnreadableError):
                raise cells
            image, of_split, *labels = cells
            rows.append(Row(number, found.path_of(image), found.label_of(labels), text_of(of_split)))
        except UnreadableError as error:
            what = f"{table.unit} {number}: {error}"
            problems.append(Problem(what, str(error.received)[:100], error.next_step))
    return rows, problems
