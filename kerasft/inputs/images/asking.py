"""Which images `kerasft predict` was given: files, folders, patterns and tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from kerasft.base.errors import InputError, Problem
from kerasft.base.json_values import JsonFields
from kerasft.base.places import elsewhere
from kerasft.contract.answers import UnreadableError
from kerasft.contract.asking import Asked, Example
from kerasft.data.asking import expanded, files_below
from kerasft.data.listing import find_file
from kerasft.data.signatures import TABLE_SUFFIXES
from kerasft.data.tables import open_table
from kerasft.inputs.images.box_header import is_of_boxes
from kerasft.inputs.images.columns import ImageColumns, find_place, image_column, image_columns_of, text_of
from kerasft.inputs.images.files import IMAGES


def asked_images(inputs: Sequence[str | Path], asked: Asked, data: JsonFields | None) -> list[Example]:
    """Lists the images that a user names.

    Args:
        inputs: Image files, folders (everything below), patterns such as "photos/*.jpg", tables with a column of paths.
        asked: How to understand them; where no column is named, it is looked for, and so are files that are not in the
            root.
        data: What config.json says of the data of the model's run; None: not known.

    Raises:
        InputError: A folder or pattern has no images, or a table no such column; or second texts were given.
    """
    if asked.pairs is not None:
        what = "this model takes images, which have no second text"
        raise InputError(Problem(what, "--text-pair", "leave --text-pair out"))
    named = replace(image_columns_of(data or {}), required=False)
    columns = named if asked.image is None else replace(named, image=asked.image, required=True)
    found: list[Example] = []
    for each in expanded(inputs):
        path = Path(each)
        if path.is_dir():
            found += [Example(str(file), file) for file in files_below(path, IMAGES, "image")]
        elif path.suffix.lower() in TABLE_SUFFIXES and path.is_file():
            root = path.parent if asked.data_dir is None else Path(asked.data_dir)
            found += _images_of_table(path, columns, root)
        else:
            found.append(Example(str(each), path))
    return found


def _images_of_table(path: Path, columns: ImageColumns, root: Path) -> Iterator[Example]:
    """Yields the images of a table, each once where rows are boxes; what else it holds is not looked at."""
    table, seen = open_table(path, "the input"), set[Path]()
    once = is_of_boxes(table.header, columns.label)
    column = image_column(table.header, columns)
    folder, suffix = find_place(table.column(column), columns.suffix, root, path.stem)
    for number, cells in table.rows([column]):
        fault = str(cells) if isinstance(cells, UnreadableError) else ""
        name = "" if isinstance(cells, UnreadableError) else text_of(cells[0]).strip()
        away = elsewhere(name) and f"the path is {elsewhere(name)}, and only files of this computer are read"
        if not name or away:
            reason = f"{table.unit} {number}: {fault or away or 'the path is empty'}"
            yield Example(f"{path.name}:{number}", None, reason=reason)
            continue
        placed = f"{folder}{name}{suffix}"
        file = find_file(root, placed) or root / placed
        if not (once and file in seen):
            yield Example(name, file)
        seen.add(file)
