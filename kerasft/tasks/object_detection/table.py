"""A table with a row for each box; an image without objects has a row whose box is empty."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kerasft.base.errors import InputError, Problem, raise_problems
from kerasft.base.folding import most_problems
from kerasft.base.places import elsewhere
from kerasft.contract.answers import UnreadableError
from kerasft.data.listing import SPLIT_NAMES, find_file
from kerasft.data.tables import Cells, Table, open_table
from kerasft.data.values import is_missing
from kerasft.inputs.images.box_header import is_of_boxes
from kerasft.inputs.images.columns import Found as Placed
from kerasft.inputs.images.columns import ImageColumns, find_place, text_of
from kerasft.targets.boxes.spelling import Box
from kerasft.tasks.object_detection.annotated import Annotated, BrokenBoxesError, Found, number_of
from kerasft.tasks.object_detection.columns import BoxColumns, box_columns

_YES, _NO = ("1", "1.0", "true", "yes"), ("", "0", "0.0", "false", "no")
_SETS = {
    "TRAIN": "train",
    "VALIDATE": "validation",
    "VALIDATION": "validation",
    "TEST": "test",
    "UNASSIGNED": "",
}
_OF_AUTOML = BoxColumns(1, 2, (3, 4, 7, 8), sized=False)  # Google's, which has no header


@dataclass(frozen=True)
class _Row:
    """A row as the table has it: the image's path, and what it says of a box."""

    place: str
    path: str
    split: str
    label: str
    box: Sequence[object]
    size: Sequence[object]
    crowd: str


def has_boxes(path: Path, label: str | None) -> bool:
    """Returns whether a table has the columns of boxes, where `label` names no others.

    Raises:
        InputError: It can't be read.
    """
    header = open_table(path).header
    return is_of_boxes(header, label) or _is_automl(header)


def _is_automl(header: Sequence[str]) -> bool:
    return len(header) >= 9 and header[0].strip() in _SETS


def table_boxes(path: Path, columns: ImageColumns, data_dir: str | Path | None, flag: str) -> Found:
    """Returns the images of a table with their boxes.

    Args:
        path: The file.
        columns: What the user named.
        data_dir: The folder that paths are relative to; None: the table's own.
        flag: The flag that holds `path`, for messages.

    Raises:
        InputError: The table can't be read, its columns can't be told, or rows have no image or no split.
    """
    if not path.is_file():
        raise InputError(Problem("the table does not exist", str(path), f"check the path in {flag}"))
    table, root = open_table(path, flag), path.parent if data_dir is None else Path(data_dir)
    automl = _is_automl(table.header)
    found = _OF_AUTOML if automl else box_columns(table.header, columns)
    place = ("", "") if automl else find_place(table.column(found.image), columns.suffix, root, path.stem)
    placed = Placed(table.header, found.image, (), *place)
    problems: list[Problem] = []
    rows = list(_rows(table, found, placed, automl, problems))
    raise_problems(most_problems(problems))
    images: dict[str, Annotated] = {}
    for row in rows:
        file = _file_of(row.path, root, by_name=automl and data_dir is not None)
        written = row.path if file is not None and file == root / row.path else row.path.replace("\\", "/")
        name = Path(written).as_posix() if file is None else _id_of(file, root, written)
        image = images.setdefault(
            name, Annotated(name, file or root / row.path, name, split=row.split, shares=automl)
        )
        _add(image, row, found, file is not None)
    if not rows:
        raise InputError(Problem("the table has a header and no rows", str(path), "add one row per box"))
    notes = (
        [f"images are read from {place[0] or './'}NAME{place[1]}"]
        if any(place) and not columns.suffix
        else []
    )
    return Found(list(images.values()), (), (*table.notes, *notes), () if automl else table.header)


def _rows(
    table: Table, found: BoxColumns, placed: Placed, automl: bool, problems: list[Problem]
) -> Iterator[_Row]:
    own = (found.image, found.label, *found.box, *found.size)
    split = 0 if automl else table.split_column(own)
    numbers = (split, found.image, found.label, found.crowd, *found.box, *found.size)
    first: list[tuple[int, Cells]] = []
    if automl:
        header = [None if each is None else table.header[each] for each in numbers]
        first = [(1, header)]
    for number, cells in (*first, *table.rows(numbers)):
        place = f"{table.unit} {number}"
        if isinstance(cells, UnreadableError):
            problems.append(Problem(f"{place}: {cells}", str(cells.received)[:100], cells.next_step))
            continue
        of_split, image, label, crowd, *rest = cells
        written = text_of(of_split)
        if not (path := placed.path_of(image)):
            problems.append(Problem(f"{place}: the path is empty", "", "fill it in, or remove the row"))
        elif split is not None and (name := _split_named(written, automl)) is None:
            what = f"{place}: the split is {'unknown' if written else 'empty'}"
            problems.append(Problem(what, written, "write train, validation or test in every row"))
        else:
            name = "" if split is None else name
            yield _Row(place, path, name or "", text_of(label), rest[:4], rest[4:], text_of(crowd).lower())


def _split_named(written: str, automl: bool) -> str | None:
    return _SETS.get(written.upper()) if automl else SPLIT_NAMES.get(written.lower())


def _file_of(path: str, root: Path, by_name: bool) -> Path | None:
    """Returns the file of an image; `by_name` takes the end of a URL for the name of a file in the folder."""
    if elsewhere(path):
        return find_file(root, path.rpartition("/")[2]) if by_name and path.rpartition("/")[2] else None
    return find_file(root, path)


def _id_of(file: Path, root: Path, written: str) -> str:
    return Path(written).as_posix() if not elsewhere(written) else file.relative_to(root).as_posix()


def _add(image: Annotated, row: _Row, found: BoxColumns, there: bool) -> None:
    """Adds the box of a row to its image; the first thing that is wrong is remembered."""
    try:
        if why := "" if there else elsewhere(row.path):
            what = f"{row.place}: the path is {why}, and only files of this computer are read"
            raise BrokenBoxesError(what, "copy the image here and write its path")
        if not there:
            step = "paths are relative to the table's folder, or to --data-dir"
            raise BrokenBoxesError(f"{row.place}: no such file", step)
        if row.split != image.split:
            raise BrokenBoxesError(
                f"{row.place}: another row puts the image into another split", "keep one of them"
            )
        size = _size_of(row.size)
        if size is not None and image.size not in (None, size):
            raise BrokenBoxesError(f"{row.place}: another row says that the image has another size")
        image.size = image.size or size
        box = _box_of(row, found)
        if box is not None:
            image.boxes.append(box)
    except BrokenBoxesError as error:
        named = str(error) if str(error).startswith(row.place) else f"{row.place}: {error}"
        image.fault = image.fault or BrokenBoxesError(named, error.next_step)


def _size_of(cells: Sequence[object]) -> tuple[int, int] | None:
    if not cells or any(map(is_missing, cells)):
        return None
    width, height = map(number_of, cells)
    if not (width >= 1 and height >= 1 and width == int(width) and height == int(height)):
        raise BrokenBoxesError("width and height of the image are no whole numbers of pixels")
    return int(width), int(height)


def _box_of(row: _Row, found: BoxColumns) -> Box | None:
    """Returns the box of a row; None of an image without objects."""
    if all(map(is_missing, row.box)):
        return None
    x1, y1, x2, y2 = map(number_of, row.box)
    if found.sized:
        x2, y2 = x1 + x2, y1 + y2
    if not row.label:
        raise BrokenBoxesError(
            "the box has no class", "fill it in, or empty the box of an image without objects"
        )
    if row.crowd not in (*_YES, *_NO):
        raise BrokenBoxesError(f"crowd or difficult is {row.crowd[:20]!r}", "write 0 or 1")
    return Box(row.label, x1, y1, x2, y2, row.crowd in _YES)
