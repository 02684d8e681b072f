"""Tables of texts: see `kerasft.data.tables`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kerasft.base.errors import InputError, Problem, raise_problems
from kerasft.base.wording import shorten
from kerasft.contract.answers import UnreadableError
from kerasft.data.one_hot import ones_of
from kerasft.data.signatures import TABLE_SUFFIXES
from kerasft.data.tables import Table, find_column, open_table
from kerasft.data.values import cell_text, show
from kerasft.inputs.texts.label_columns import joined_rows, named_labels
from kerasft.inputs.texts.rows import Row, Source
from kerasft.inputs.texts.texts import TextColumns

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


def read_table(
    path: str | Path,
    columns: TextColumns,
    *,
    name: str | None = None,
    flag: str = "--data",
    apart: bool = False,
    several: bool = False,
) -> Source:
    """Reads a table of texts and labels.

    Args:
        path: A file with one of `TABLE_SUFFIXES`.
        columns: The columns to read; upper and lower case count only where a table has both.
        name: The file's name in the ids; its own when None.
        flag: The flag that holds `path`, for messages.
        apart: Whether there may be several columns of answers, with commas between their names: see `Targets.apart`.
        several: Whether an example may have several answers: see `kerasft.inputs.texts.label_columns`.

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
    table = open_table(path, flag)
    found, notes = named_labels(table, columns) if several else (columns, [])
    columns = find_columns(table.header, found, apart=apart or several)
    rows = rows_of_table(table, columns, name or path.name, several)
    if not rows:
        what = "the table has a header and no rows"
        raise InputError(Problem(what, str(path), "add one row per text"))
    if several:
        rows = joined_rows(rows, notes)
    return Source(rows, columns, notes=(*table.notes, *notes), header=table.header)


def rows_of_table(table: Table, columns: TextColumns, name: str, several: bool = False) -> list[Row]:
    """Returns the rows of a table.

    Args:
        table: The table.
        columns: As it spells them.
        name: Its file's name in the ids.
        several: Whether several columns of labels say yes or no each.
    """
    header = table.header
    whole = columns.label is None or columns.label in header  # None where texts are only asked about
    answers = [columns.label] if whole else columns.label.split(",")
    roles = (columns.text, columns.text_pair, *answers)
    numbers = [None if each is None else header.index(each) for each in roles]
    rows = []
    for number, cells in table.rows([*numbers, table.split_column(numbers)]):
        place, known = f"{table.unit} {number}", f"{name}:{number}"
        if isinstance(cells, UnreadableError):
            why = UnreadableError(str(cells), show(cells.received), cells.next_step)
            rows.append(Row(known, place, why))
        else:
            text, pair, *cells_of_labels, split = cells
            label = cells_of_labels[0] if len(answers) == 1 else cells_of_labels
            try:
                if several and len(answers) > 1:
                    label = ones_of(dict(zip(answers, cells_of_labels, strict=True)))
            except UnreadableError as error:
                text = error
            rows.append(Row(known, place, text, pair, label, split))
    return rows


def read_column(path: Path, name: str, ids: Sequence[str]) -> dict[str, str]:
    """Returns what a column of a table says of each row, by id.

    Args:
        path: The table.
        name: Of the column.
        ids: Of rows of this table: they begin with the file's name as it was then.

    Raises:
        InputError: The table can't be read, or has no such column.
    """
    called = next(iter(ids), path.name).rsplit(":", 1)[0]
    table, problems = open_table(path, "--group"), list[Problem]()
    column = find_column(table.header, name, "--group", problems)
    raise_problems(problems)
    return {
        f"{called}:{number}": cell_text(cells[0])
        for number, cells in table.rows([column])
        if not isinstance(cells, UnreadableError)
    }


def find_columns(
    header: Sequence[str], columns: TextColumns, owner: str = "table", apart: bool = False
) -> TextColumns:
    """Returns the columns as the table spells them.

    Args:
        header: The names of all.
        columns: Those to be found.
        owner: What has them, for messages.
        apart: Whether `label` may name several, with commas between them.

    Raises:
        InputError: One is not there, there twice, or two are the same.
    """
    problems: list[Problem] = []
    found: dict[str, Any] = {}
    for role, wanted in vars(columns).items():
        flag = "--" + role.replace("_", "-")
        parts = [wanted] if wanted is None or not apart or role != "label" else _parts(wanted, header)
        numbers = [find_column(header, each, flag, problems, owner) for each in parts if each is not None]
        found[role] = ",".join(header[number] for number in numbers) if numbers and not problems else None
    raise_problems(problems)
    label = found["label"] or ""  # none where texts are only asked about
    several = [label] if label in header else label.split(",")
    named = [each for each in (found["text"], found["text_pair"], *several) if each]
    if len(set(named)) < len(named):
        what = "--text, --text-pair and --label must name different columns"
        raise InputError(Problem(what, shorten(named), f"columns of the {owner}: {shorten(header, 20)}"))
    return TextColumns(**found)


def _parts(wanted: str, header: Sequence[str]) -> list[str]:
    """Returns the names in a list with commas, unless one column is called so."""
    if wanted.strip().casefold() in (name.strip().casefold() for name in header):
        return [wanted]
    return [name for name in wanted.split(",") if name.strip()] or [wanted]
