"""What `kerasft predict` was given, one example after the other: files, folders, patterns, tables, or texts."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from kerasft.base.errors import InputError, Problem, raise_problems
from kerasft.base.options import from_dict
from kerasft.contract.asking import AS_FILES, AS_TEXTS, AUTO, Asked, Example
from kerasft.data.image_columns import ImageColumns, find_place, image_column, image_columns_of
from kerasft.data.listing import Item
from kerasft.data.scan import Kind, Scan, is_folder
from kerasft.data.signatures import TABLE_SUFFIXES
from kerasft.data.tables import find_file
from kerasft.inputs.images.files import IMAGES
from kerasft.inputs.texts.rows import Row, TextItem, check_rows
from kerasft.inputs.texts.table import read_table, table_header
from kerasft.inputs.texts.text_folder import TEXTS, row_of_file
from kerasft.inputs.texts.texts import TextColumns

_NO_LABEL = "no label"  # rows are checked as those of labelled data are, and their label is not looked at


def asked_images(inputs: Sequence[Any], asked: Asked, data: Mapping[str, Any] | None) -> list[Example]:
    """Lists the images that a user names.

    Args:
        inputs: See `image_examples`.
        asked: How to understand them.
        data: What config.json says of the data of the model's run; None: not known.

    Raises:
        InputError: See `image_examples`; or second texts were given.
    """
    if asked.pairs is not None:
        what = "this model takes images, which have no second text"
        raise InputError(Problem(what, "--text-pair", "leave --text-pair out"))
    named = replace(image_columns_of(data or {}), required=False)
    columns = named if asked.image is None else replace(named, image=asked.image, required=True)
    return image_examples(inputs, columns, asked.data_dir)


def asked_texts(inputs: Sequence[Any], asked: Asked, data: Mapping[str, Any] | None) -> list[Example]:
    """Lists the texts that a user names; see `asked_images` and `text_examples`."""
    known = TextColumns() if data is None else from_dict(TextColumns, data["columns"])
    second = asked.pairs[0] if asked.pairs else known.text_pair
    return text_examples(inputs, asked.reading, TextColumns(asked.text or known.text, second), asked.pairs)


def image_examples(
    inputs: Sequence[str | Path], columns: ImageColumns, data_dir: str | Path | None
) -> list[Example]:
    """Lists pictures.

    Args:
        inputs: Picture files, folders (everything below), patterns such as "photos/*.jpg", tables with a column of
            paths.
        columns: Which column that is; None looks for it, and for the files where they are not in the root.
        data_dir: What the paths of tables are relative to; default: the table's own folder.

    Raises:
        InputError: A folder or pattern has no pictures, or a table no such column.
    """
    found: list[Example] = []
    for each in _expanded(inputs):
        path = Path(each)
        if path.is_dir():
            found += [Example(str(file), file) for file in _files_below(path, IMAGES)]
        elif path.suffix.lower() in TABLE_SUFFIXES and path.is_file():
            root = path.parent if data_dir is None else Path(data_dir)
            rows = _rows(path, image_column(table_header(path), columns), flag="--image")
            place = find_place([str(row.text) for row in rows], columns.suffix, root, path.stem)
            found += [_picture_of_row(row, root, *place) for row in rows]
        else:
            found.append(Example(str(each), path))
    return found


def text_examples(
    inputs: Sequence[str], reading: str, columns: TextColumns, pairs: Sequence[str] | None
) -> list[Example]:
    """Lists texts.

    Args:
        inputs: Texts, tables with a column of texts, folders or patterns of .txt files, one text each.
        reading: "auto" takes what exists as a file for a file; "texts" takes each input as a text, "files" as a file.
        columns: Of tables. For pairs of texts in a table, `text_pair` names the second column.
        pairs: The second texts of inputs that are texts: one for each, or one for all.

    Raises:
        InputError: An input is a file, and nobody knows whether its name or its content is meant; or it can't be read.
    """
    inputs = [str(each) for each in inputs]
    if reading != AS_TEXTS:
        expanded = _expanded(inputs)
        files = [each for each in expanded if _exists(each)]
        raise_problems(_unclear(each) for each in files if reading == AUTO and _is_unclear(Path(each)))
        if files or reading == AS_FILES:
            return _texts_of_files(expanded, files, columns)
    if pairs is None:
        return [Example(text, text) for text in inputs]
    seconds = list(pairs) * len(inputs) if len(pairs) == 1 else list(pairs)
    if len(seconds) != len(inputs):
        received = f"{len(inputs)} and {len(seconds)}"
        step = "give --text-pair once for each, or one for all"
        raise InputError(Problem("the halves of pairs must be as many", received, step))
    return [Example(text, text, pair) for text, pair in zip(inputs, seconds, strict=True)]


def _texts_of_files(inputs: list[str], files: list[str], columns: TextColumns) -> list[Example]:
    others = [each for each in inputs if each not in files]
    if others:
        what = "some of the inputs are files, and this one is not"
        raise InputError(Problem(what, others[0][:200], "give texts or files, not both in one command"))
    found: list[Example] = []
    for each in files:
        path = Path(each)
        if path.suffix.lower() in TABLE_SUFFIXES and not path.is_dir():
            found += _texts_of(_rows(path, columns.text, columns.text_pair), columns, named=False)
            continue
        paths = _files_below(path, TEXTS) if path.is_dir() else [path]
        rows = [row_of_file(Item(str(file), _NO_LABEL, file)) for file in paths]
        found += _texts_of(rows, TextColumns(), named=True)
    return found


def _texts_of(rows: Sequence[Row], columns: TextColumns, named: bool) -> list[Example]:
    items, broken = check_rows(rows, with_pairs=columns.text_pair is not None)
    answers: dict[str, Example] = {item.id: _example(item) for item in items}
    for each in broken:
        reason = str(each.error) if named else f"{each.place}: {each.error}"
        answers[each.id] = Example(each.id, None, reason=reason)
    return [answers[row.id] for row in rows]


def _example(item: TextItem) -> Example:
    return Example(item.id, item.text, item.pair)


def _rows(path: Path, text: str, pair: str | None = None, flag: str = "--text") -> list[Row]:
    """Returns a table's rows; what their labels and splits are is not looked at."""
    columns: Any = TextColumns(text, pair, label=None)  # type: ignore[arg-type]
    try:
        rows = read_table(path, columns, flag="the input").rows
    except InputError as error:  # the reader takes the column for the texts'
        raise InputError(
            Problem(*(part.replace("--text", flag) for part in (each.what, each.received, each.next_step)))
            for each in error.problems
        ) from None
    return [Row(row.id, row.place, row.text, row.pair, class_name=_NO_LABEL) for row in rows]


def _picture_of_row(row: Row, root: Path, folder: str, suffix: str) -> Example:
    items, broken = check_rows([row], with_pairs=False)
    if broken:
        return Example(row.id, None, reason=f"{broken[0].place}: {broken[0].error}".replace("text", "path"))
    path = items[0].text.strip()
    placed = f"{folder}{path}{suffix}"
    return Example(path, find_file(root, placed) or root / placed)


def _expanded(inputs: Iterable[str | Path]) -> list[str]:
    """Returns the inputs with patterns replaced by the files that fit them; a pattern without any stays."""
    found: list[str] = []
    for each in inputs:
        text = str(each)
        fits = [] if _exists(text) or not glob.has_magic(text) else sorted(glob.glob(text, recursive=True))
        found += fits or [text]
    return found


def _exists(path: str | Path) -> bool:
    try:
        return os.path.exists(path)
    except ValueError:  # a text with a null character
        return False


def _is_unclear(path: Path) -> bool:
    return path.is_file() and path.suffix.lower() not in TABLE_SUFFIXES


def _unclear(path: str) -> Problem:
    what = "a file has this name, and the model takes texts"
    step = "give --inputs files to read the text in it, or --inputs texts to classify the name itself"
    return Problem(what, path, step)


def _files_below(root: Path, kind: Kind) -> list[Path]:
    """Returns the files of a kind below a folder, sorted; each real folder once, since links may form loops."""
    scan, found, seen, folders = Scan(root, kind), [], set(), [str(root)]
    while folders:
        folder = folders.pop()
        if os.path.realpath(folder) in seen:
            continue
        seen.add(os.path.realpath(folder))
        for entry in scan.entries(folder):
            if is_folder(entry):
                folders.append(entry.path)
            elif kind.fits(entry.name):
                found.append(Path(entry.path))
    raise_problems(scan.problems)
    if not found:
        suffixes = "picture" if kind is IMAGES else ".txt"
        what = f"the folder holds no {kind.noun}s"
        raise InputError(Problem(what, str(root), f"give a folder with {suffixes} files, or a table"))
    return sorted(found)
