"""A table of images: a column of paths or ids, one of labels (or one for each class), and perhaps split.

Paths are relative to the table's own folder, or to `data_dir`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TypeVar

from kerasft.base.errors import InputError, Problem, raise_problems
from kerasft.base.folding import most_problems
from kerasft.base.places import elsewhere
from kerasft.base.wording import plural, shorten
from kerasft.contract.answers import Place, Spelling, UnreadableError
from kerasft.contract.splits import SPLITS, Schema
from kerasft.contract.targets import Targets
from kerasft.data.listing import (
    SPLIT_NAMES,
    Item,
    Listing,
    find_file,
    listing_of,
    splits_by_label,
)
from kerasft.data.tables import Table, find_column, open_table
from kerasft.inputs.images.columns import (
    LOOK,
    Found,
    ImageColumns,
    find_columns,
    find_place,
    image_column,
    text_of,
)
from kerasft.inputs.images.rows import Row, read_rows


def list_table(
    path: str | Path,
    targets: Targets,
    wanted: Schema | None = None,
    *,
    data_dir: str | Path | None = None,
    columns: ImageColumns = LOOK,
    all_needed: bool = True,
    flag: str = "--data",
) -> Listing:
    """Lists the images of a table, sorted by path, without opening them.

    Args:
        path: The file: see `kerasft.data.tables`.
        targets: What the labels mean.
        wanted: A schema that is already fixed: other labels are a problem.
        data_dir: The folder that paths are relative to; the table's own folder when None.
        columns: Which columns hold images and labels.
        all_needed: Whether images of all that `wanted` has are needed.
        flag: The flag that holds `path`, for messages.

    Raises:
        InputError: The table can't be read, or rows are unusable; all of them are listed with their numbers.
    """
    path = Path(path)
    root = _root(path, data_dir)
    table = _open(path, flag)
    found = find_columns(table, columns, root, path.stem, targets.several, targets.apart)
    rows, problems = read_rows(table, found)
    if not rows and not problems:
        what = f"the {_called(path)} has a header and no rows"
        raise InputError(Problem(what, str(path), "add one row per image"))
    spelling = targets.spelling((row.label for row in rows), wanted)
    notes = [*table.notes, *found.notes, *spelling.notes]
    items = _items(rows, root, table.unit, columns.suffix, spelling, problems, notes)
    problems = most_problems(problems)
    place = Place(str(path), "check the column label", flag, all_needed=all_needed, complete=not problems)
    schema, of_labels = targets.find_schema(splits_by_label(items), wanted, place)
    raise_problems([*problems, *of_labels])
    given = tuple(name for name in SPLITS if any(item.split == name for item in items))
    if given and "train" not in given:
        raise InputError(Problem("no row has the split train", shorten(given), "add such rows"))
    ordered = sorted(items, key=lambda item: item.id)
    return replace(listing_of(ordered, schema, given, notes), header=table.header)


def answers_of(
    path: Path, columns: ImageColumns, data_dir: str | Path | None
) -> tuple[tuple[str, ...], list[list[object]]]:
    """Returns the names of the columns that each hold an answer, and the cells of each row in them, as they are.

    Raises:
        InputError: The table can't be read, or its columns can't be told.
    """
    table = _open(path, "--data")
    found = find_columns(table, columns, _root(path, data_dir), path.stem, apart=True)
    names = tuple(table.header[number].strip() for number in found.labels)
    return names, list(map(list, zip(*map(table.column, found.labels), strict=True)))


def read_column(path: Path, name: str, columns: ImageColumns, data_dir: str | Path | None) -> dict[str, str]:
    """Returns what another column of a table says of each image, by the path that is its id.

    Raises:
        InputError: The table can't be read, or has no such column.
    """
    table = _open(path, "--group")
    problems: list[Problem] = []
    number = find_column(table.header, name, "--group", problems)
    raise_problems(problems)
    image = image_column(table.header, columns)
    place = find_place(table.column(image), columns.suffix, _root(path, data_dir), path.stem)
    found = Found(table.header, image, (), *place)
    cells = zip(table.column(image), table.column(number), strict=True)
    return _by_id({found.path_of(image): text_of(value) for image, value in cells})


def read_labels(
    path: Path,
    targets: Targets,
    schema: Schema,
    columns: ImageColumns,
    data_dir: str | Path | None,
    ids: Collection[str],
    flag: str,
) -> dict[str, str]:
    """Returns the labels that images of a run have in its table now; those that are not there any more are left out.

    Args:
        path: The table.
        targets: What the labels mean.
        schema: Of the run.
        columns: Which columns hold images and labels.
        data_dir: The folder that paths are relative to.
        ids: Of the images.
        flag: The flag that holds `path`, for messages.

    Raises:
        InputError: The table can't be read, or its columns can't be told.
    """
    table = _open(path, flag)
    found = find_columns(table, columns, _root(path, data_dir), path.stem, targets.several, targets.apart)
    rows, _ = read_rows(table, found)
    raw: dict[str, list[object]] = {}
    for row in rows:
        raw.setdefault(row.path, []).append(row.label)
    raw = {name: each for name, each in _by_id(raw).items() if name in ids}
    spelling = targets.spelling(chain.from_iterable(raw.values()), schema)  # new rows may be of other kinds
    return {name: _together(each, spelling) for name, each in raw.items()}


def _together(raw: Sequence[object], spelling: Spelling) -> str:
    """Returns the label of an image that these rows are about; of rows that contradict each other the last one's."""
    label = ""
    for number, each in enumerate(raw):
        try:
            other = spelling.label_of(each)
        except UnreadableError:
            other = text_of(each)
        joined = spelling.joined(label, other) if number else None
        label = other if joined is None else joined
    return label


def _open(path: Path, flag: str) -> Table:
    return open_table(path, flag, kind=_called(path))


def _called(path: Path) -> str:
    return "CSV" if path.suffix.lower() in (".csv", ".tsv") else "table"


def _root(path: Path, data_dir: str | Path | None) -> Path:
    return path.parent if data_dir is None else Path(data_dir)


Value = TypeVar("Value")


def _by_id(values: Mapping[str, Value]) -> dict[str, Value]:
    """Returns values by the ids of images, which a table made on Windows may write with backslashes."""
    paths = {Path(path).as_posix(): value for path, value in values.items()}
    return {path.replace("\\", "/"): value for path, value in paths.items()} | paths


def _items(
    rows: Sequence[Row],
    root: Path,
    unit: str,
    suffix: str,
    spelling: Spelling,
    problems: list[Problem],
    notes: list[str],
) -> list[Item]:
    with_splits = any(row.split for row in rows)
    first: dict[str, tuple[Row, Item]] = {}
    repeated = several = 0
    for row in rows:
        place = f"{unit} {row.number}"
        label, found = _checked(row, place, with_splits, spelling)
        path = None if found else find_file(root, row.path)
        if path is None and not found:
            found = [_no_such_file(row.path, place, suffix)]
        problems += found
        if path is None:
            continue
        split = SPLIT_NAMES[row.split.lower()] if row.split else ""
        written = row.path if path == root / row.path else row.path.replace("\\", "/")
        item = Item(Path(written).as_posix(), label, path, split)
        if item.id not in first:
            first[item.id] = (row, item)
            continue
        earlier, same = first[item.id]
        joined = spelling.joined(same.label, label)
        if same.split == split and joined is not None:
            repeated, several = repeated + (joined == same.label), several + (joined != same.label)
            first[item.id] = (earlier, replace(same, label=joined))
            continue
        differing = (("labels", same.label, label, joined is None), ("splits", same.split, split, True))
        for name, one, other, matters in differing:
            if one != other and matters:
                what = f"{unit}s {earlier.number} and {row.number} give one path two {name}"
                problems.append(Problem(what, f"{row.path}: {one!r} and {other!r}", "keep one of the rows"))
    if repeated:
        notes.append(f"{plural(repeated, 'row')} left out: the same path and label again")
    if several:
        notes.append(f"{plural(several, 'row')} with a further label of an image that is listed before")
    return [item for _, item in first.values()]


def _checked(row: Row, place: str, with_splits: bool, spelling: Spelling) -> tuple[str, list[Problem]]:
    """Returns a row's label, and what is wrong with the row."""
    problems: list[Problem] = []
    label = ""
    if not row.path:
        problems.append(Problem(f"{place}: the path is empty", "", "fill it in, or remove the row"))
    try:
        label = spelling.label_of(row.label)
    except UnreadableError as error:
        problems.append(Problem(f"{place}: {error}", str(error.received), error.next_step))
    if why := elsewhere(row.path):
        what = f"{place}: the path is {why}, and only files of this computer are read"
        problems.append(Problem(what, row.path, "copy the image here and write its path"))
    if with_splits and row.split.lower() not in SPLIT_NAMES:
        what = f"{place}: the split is {'unknown' if row.split else 'empty'}"
        problems.append(Problem(what, row.split, "write train, validation or test in every row"))
    return label, problems


def _no_such_file(path: str, place: str, suffix: str) -> Problem:
    next_step = "paths are relative to the table's folder, or to --data-dir"
    if suffix:
        next_step += f"; without --suffix {suffix}, usual suffixes are tried"
    elif not Path(path).suffix:
        next_step += "; --suffix .jpg completes names without a suffix"
    return Problem(f"{place}: no such file", path, next_step)
