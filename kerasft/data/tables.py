"""A CSV table of images: a column of paths or ids, one of labels (or one for each class), and perhaps split.

Paths are relative to the table's own folder, or to `data_dir`. `kerasft.data.dialect` says how separators and quotation
marks are read; the encoding is UTF-8, with or without a byte order mark.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from kerasft.base.errors import InputError, Problem, did_you_mean, raise_problems
from kerasft.base.places import elsewhere
from kerasft.base.wording import plural, shorten
from kerasft.contract.splits import SPLITS
from kerasft.data.class_spelling import Spelling, in_order, is_decimal, spelling_of
from kerasft.data.dialect import Line, read_sheet
from kerasft.data.image_columns import LOOK, ImageColumns, find_columns
from kerasft.data.listing import (
    SPLIT_NAMES,
    Item,
    Listing,
    class_name_problems,
    few_classes_problem,
    listing_of,
    most_problems,
    saved_class_problems,
    unseen_class_problems,
)

MOST_ROWS = 20


@dataclass(frozen=True)
class Row:
    """One row of the table: its number as an editor counts lines, and its three cells ("" when missing)."""

    number: int
    path: str
    label: str
    split: str


def list_csv(
    table: str | Path,
    class_names: tuple[str, ...] | None = None,
    *,
    data_dir: str | Path | None = None,
    columns: ImageColumns = LOOK,
    all_needed: bool = True,
    flag: str = "--data",
) -> Listing:
    """Lists the pictures of a CSV table, sorted by path, without opening them.

    Args:
        table: The CSV file.
        class_names: A class list that is already fixed: other labels are a problem, and its order counts.
        data_dir: The folder that paths are relative to; the table's own folder when None.
        columns: Which columns hold images and labels.
        all_needed: Whether each class of `class_names` needs pictures.
        flag: The flag that holds `table`, for messages.

    Raises:
        InputError: The table can't be read, or rows are unusable; all of them are listed with their numbers.
    """
    table = Path(table)
    root = Path(data_dir) if data_dir is not None else table.parent
    rows, problems, remarks, header = _read_rows(table, root, columns, flag)
    notes = list(remarks)
    spelling = spelling_of((row.label for row in rows), class_names)
    items = _items(rows, root, columns.suffix, spelling, problems, notes)
    problems = most_problems(problems, MOST_ROWS)
    found = in_order(item.class_name for item in items)
    problems += class_name_problems(found, flag)
    if class_names is not None:
        problems += saved_class_problems(found, class_names, all_needed=all_needed, flag=flag)
    elif not problems:
        problems += unseen_class_problems(items)
        problems += few_classes_problem(found, str(table), "check the column label")
    raise_problems(problems)
    given = tuple(name for name in SPLITS if any(item.split == name for item in items))
    if given and "train" not in given:
        raise InputError(Problem("no row has the split train", shorten(given), "add such rows"))
    ordered = sorted(items, key=lambda item: item.id)
    return replace(listing_of(ordered, class_names or found, given, notes), header=header)


def read_column(
    table: str | Path,
    column: str,
    *,
    data_dir: str | Path | None = None,
    columns: ImageColumns = LOOK,
    flag: str = "--group",
) -> dict[str, str]:
    """Returns what another column of a table says of each image, by the path that is its id.

    Args:
        table: The CSV file.
        column: The name of the column.
        data_dir: As for `list_csv`.
        columns: As for `list_csv`.
        flag: The flag that holds `column`, for messages.

    Raises:
        InputError: The table can't be read, or has no such column.
    """
    table = Path(table)
    sheet = read_sheet(table, flag)
    header, name = [each.strip().lower() for each in sheet.header], column.strip().lower()
    if name not in header:
        hint = did_you_mean(name, header, f"name one of them with {flag}")
        raise InputError(Problem(f"the table has no column {column!r} ({flag})", ", ".join(header), hint))
    raise_problems(most_problems([_fault(line) for line in sheet.lines if line.fault], MOST_ROWS))
    rows = [line.cells for line in sheet.lines]
    root = Path(data_dir) if data_dir is not None else table.parent
    found, number = find_columns(sheet.header, rows, columns, root, table.stem), header.index(name)
    values = {found.path_of(cells): cells[number] if number < len(cells) else "" for cells in rows}
    paths = {Path(path).as_posix(): value for path, value in values.items()}
    return {path.replace("\\", "/"): value for path, value in paths.items()} | paths


def _fault(line: Line) -> Problem:
    return Problem(f"line {line.number}: {line.fault}", line.received[:100], line.next_step)


def _read_rows(
    table: Path, root: Path, columns: ImageColumns, flag: str
) -> tuple[list[Row], list[Problem], tuple[str, ...], tuple[str, ...]]:
    """Returns the rows, what is wrong with others, remarks on the table, and its header."""
    sheet = read_sheet(table, flag)
    good = [line for line in sheet.lines if not line.fault]
    found = find_columns(sheet.header, [line.cells for line in good], columns, root, table.stem)
    header = [name.strip().lower() for name in sheet.header]
    split = header.index("split") if "split" in header else len(header)
    problems = [_fault(line) for line in sheet.lines if line.fault]
    rows = [
        Row(
            line.number,
            found.path_of(line.cells),
            found.label_of(line.cells, sheet.header),
            line.cells[split].strip(" ") if split < min(len(header), len(line.cells)) else "",
        )
        for line in good
    ]
    if not rows and not problems:
        raise InputError(Problem("the CSV has a header and no rows", str(table), "add one row per picture"))
    return rows, problems, (*sheet.notes, *found.notes), tuple(sheet.header)


def _items(
    rows: list[Row],
    root: Path,
    suffix: str,
    spelling: Spelling,
    problems: list[Problem],
    notes: list[str],
) -> list[Item]:
    with_splits = any(row.split for row in rows)
    first: dict[str, tuple[Row, Item]] = {}
    repeated = 0
    for row in rows:
        found = _row_problems(row, with_splits)
        path = None if found else find_file(root, row.path)
        if path is None and not found:
            next_step = "paths are relative to the table's folder, or to --data-dir"
            if suffix:
                next_step += f"; without --suffix {suffix}, usual suffixes are tried"
            elif not Path(row.path).suffix:
                next_step += "; --suffix .jpg completes names without a suffix"
            found = [Problem(f"line {row.number}: no such file", row.path, next_step)]
        problems += found
        if path is None:
            continue
        split = SPLIT_NAMES[row.split.lower()] if row.split else ""
        label = spelling.name_of(row.label) or row.label
        written = row.path if path == root / row.path else row.path.replace("\\", "/")
        item = Item(Path(written).as_posix(), label, path, split)
        if item.id not in first:
            first[item.id] = (row, item)
            continue
        repeated += 1
        earlier, same = first[item.id]
        for name, one, other in (("labels", same.class_name, label), ("splits", same.split, split)):
            if one != other:
                what = f"lines {earlier.number} and {row.number} give one path two {name}"
                problems.append(Problem(what, f"{row.path}: {one!r} and {other!r}", "keep one of the rows"))
    if repeated:
        notes.append(f"{plural(repeated, 'row')} left out: the same path and label again")
    return [item for _, item in first.values()]


def _row_problems(row: Row, with_splits: bool) -> list[Problem]:
    problems = []
    for name, value in (("path", row.path), ("label", row.label)):
        if not value:
            problems.append(
                Problem(f"line {row.number}: the {name} is empty", "", "fill it in, or remove the row")
            )
    if why := elsewhere(row.path):
        what = f"line {row.number}: the path is {why}, and only files of this computer are read"
        problems.append(Problem(what, row.path, "copy the picture here and write its path"))
    if is_decimal(row.label):
        what = f"line {row.number}: the label is a number with a decimal point"
        problems.append(Problem(what, row.label, "write whole numbers or names"))
    if with_splits and row.split.lower() not in SPLIT_NAMES:
        what = (
            f"line {row.number}: the split is unknown"
            if row.split
            else f"line {row.number}: the split is empty"
        )
        problems.append(Problem(what, row.split, "write train, validation or test in every row"))
    return problems


def find_file(root: Path, path: str) -> Path | None:
    """Returns the file of a row, or None; a table made on Windows may hold backslashes."""
    for written in (path, path.replace("\\", "/")):
        try:
            if (root / written).is_file():
                return root / written
        except (OSError, ValueError):  # too long, or with a null character
            continue
    return None
