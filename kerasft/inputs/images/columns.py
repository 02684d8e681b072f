"""Which columns of a table of images are what, as people have them: Kaggle's train.csv, one-hot columns, ids.

Columns that are not named are recognised by their names, and files are looked for beside the table: in a folder of
the table's own name (train.csv and train/), and in those that data sets commonly use. Nothing is guessed silently:
notes say what was taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from pathlib import Path

from kerasft.base.errors import Problem, raise_problems
from kerasft.base.json_values import JsonFields
from kerasft.base.places import elsewhere
from kerasft.base.wording import shorten
from kerasft.data.one_hot import is_binary, is_mostly_binary, is_one, one_hot_problems, ones_of
from kerasft.data.signatures import IMAGE_SUFFIXES
from kerasft.data.tables import SPLIT, Table, find_column
from kerasft.data.values import cell_text

IMAGE_NAMES = (
    "path image image_path filepath file_path file filename file_name image_name img image_id imageid id_code id name"
).split()
LABEL_NAMES = "label labels class class_name category target y".split()
SEVERAL_NAMES = (*LABEL_NAMES, "tags", "categories", "classes", "targets")
FOLDERS = ("images", "train", "train_images", "imgs", "img", "data")
_COMMON = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".webp", ".gif")
_TRIED = 20  # rows whose files are looked for


@dataclass(frozen=True)
class ImageColumns:
    """Which columns of a table are what.

    Args:
        image: The file's path, name or id; None looks for it.
        label: The answer; or, with commas, a column of 0 and 1 for each class; None looks for either.
        suffix: What ids lack to be file names, such as ".jpg"; "" looks.
        required: Whether columns that are named must be there; else those that are not are looked for.
    """

    image: str | None = None
    label: str | None = None
    suffix: str = ""
    required: bool = True


LOOK = ImageColumns()


@dataclass(frozen=True)
class Found:
    """Where everything is in a table.

    Args:
        header: The names of the columns.
        image: The number of the column.
        labels: The number of the column of labels, or of each one-hot column.
        folder: Where the files are, relative to the table's folder, with "/" behind it; "" for the folder itself.
        suffix: Behind each name.
        notes: Remarks.
        several: Whether a row may name several of the one-hot columns, or none.
        apart: Whether each of several columns holds an answer of its own.
    """

    header: Sequence[str]
    image: int
    labels: tuple[int, ...] = ()
    folder: str = ""
    suffix: str = ""
    notes: tuple[str, ...] = ()
    several: bool = False
    apart: bool = False

    def path_of(self, cell: object) -> str:
        """Returns the path of a row's image; "" where its cell is empty."""
        name = text_of(cell)
        return name and f"{self.folder}{name}{self.suffix}"

    def label_of(self, cells: Sequence[object]) -> object:
        """Returns the label of a row: its cell, or the name of the one-hot column that holds the 1, or their names.

        Raises:
            UnreadableError: Of several, a column holds more than 0 and 1.
        """
        if self.apart and len(self.labels) > 1:
            return list(cells)
        if len(self.labels) == 1:
            return text_of(cells[0]) if isinstance(cells[0], str) else cells[0]
        named = zip((self.header[number].strip() for number in self.labels), cells, strict=True)
        if not self.several:
            return next((name for name, cell in named if is_one(cell)), "")
        return ones_of(dict(named))


def text_of(cell: object) -> str:
    """Returns a cell as the name that it holds, without spaces around it."""
    return cell_text(cell).strip(" ")


def image_columns_of(data: JsonFields) -> ImageColumns:
    """Returns the columns that config.json of a run, or `read_images`, names for its table."""
    given = data.get("columns") or {}
    named = {key: given.get(key) for key in ("image", "label", "suffix")}
    return ImageColumns(named["image"], named["label"], named["suffix"] or "")


def find_columns(
    table: Table,
    columns: ImageColumns,
    root: Path,
    stem: str,
    several: bool = False,
    apart: bool = False,
) -> Found:
    """Finds columns and files.

    Args:
        table: The table.
        columns: What the user named.
        root: The folder that paths are relative to.
        stem: The table's name without its suffix.
        several: Whether an image may have several labels: see `Targets.several`.
        apart: Whether each of several columns holds an answer of its own: see `Targets.apart`.

    Raises:
        InputError: A column can't be told, or is not there.
    """
    problems: list[Problem] = []
    header = table.header
    image = _named(header, _wanted(columns.image, header, columns), IMAGE_NAMES, "image", problems)
    rest = [n for n in range(len(header)) if n != image and header[n].strip().lower() != SPLIT]
    labels = _labels(table, _wanted(columns.label, header, columns), rest, several, apart, problems)
    raise_problems(problems)
    folder, suffix = find_place(table.column(image), columns.suffix, root, stem)
    notes = []
    if header[image].strip().lower() != "path" and columns.image is None:
        notes.append(f"the column {header[image]!r} has the images (--image names another)")
    if len(labels) > 1 and not apart:
        each = "label" if several else "class"
        notes.append(f"one column for each {each}: {shorten(header[number] for number in labels)}")
        if several and (never := [header[n] for n in labels if not any(map(is_one, table.column(n)))]):
            notes.append(f"columns without any 1, left out: {shorten(never)}")
    elif len(labels) == 1 and header[labels[0]].strip().lower() != "label" and columns.label is None:
        what = "answers" if apart else "labels"
        notes.append(f"the column {header[labels[0]]!r} has the {what} (--label names another)")
    if folder or (suffix and not columns.suffix):
        notes.append(f"images are read from {folder or './'}NAME{suffix}")
    return Found(header, image, labels, folder, suffix, tuple(notes), several, apart)


def image_column(header: Sequence[str], columns: ImageColumns) -> int:
    """Returns the number of the column of images.

    Raises:
        InputError: It can't be told, or is not there.
    """
    problems: list[Problem] = []
    number = _named(header, _wanted(columns.image, header, columns), IMAGE_NAMES, "image", problems)
    raise_problems(problems)
    return number


def find_place(images: Sequence[object], suffix: str, root: Path, stem: str) -> tuple[str, str]:
    """Returns the folder and the suffix with which most of the first images are files.

    Args:
        images: What the table calls them.
        suffix: What the user says they lack; "" looks.
        root: The folder that paths are relative to.
        stem: The table's name without its suffix.

    Returns:
        A folder relative to `root` with "/" behind it, or ""; and the suffix. Where none is a file, "" and `suffix`.
    """
    dotted = suffix if not suffix or suffix.startswith(".") else f".{suffix}"
    named = (text_of(cell).strip() for cell in images)
    first = list(islice((name for name in named if name and not elsewhere(name)), _TRIED))
    bare = any(Path(name).suffix.lower() not in IMAGE_SUFFIXES for name in first)
    suffixes = (dotted,) if dotted else ("", *_COMMON) if bare else ("",)
    folders = ("", *dict.fromkeys((f"{stem}/", f"{stem}_images/", *(f"{name}/" for name in FOLDERS))))
    places = [(folder, each) for folder in folders for each in suffixes]
    counts = [sum(_is_file(root / f"{folder}{name}{each}") for name in first) for folder, each in places]
    most = max(counts)
    return places[counts.index(most)] if most else ("", dotted)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _wanted(name: str | None, header: Sequence[str], columns: ImageColumns) -> str | None:
    if name is None or columns.required:
        return name
    names = [each.strip().lower() for each in header]
    there = all(each.strip().lower() in names for each in name.split(",")) or name.strip().lower() in names
    return name if there else None


def _named(
    header: Sequence[str], wanted: str | None, known: Sequence[str], what: str, problems: list[Problem]
) -> int:
    if wanted is not None:
        return find_column(header, wanted, f"--{what}", problems)
    names = [name.strip().lower() for name in header]
    for name in known:
        if name in names:
            return names.index(name)
    near = [name for name in names if get_close_matches(name, known, 1, 0.8)]
    step = f"name it with --{what}" + (f", such as --{what} {near[0]}" if near else "")
    received = f"columns {shorten(header, 20) or '(none)'}"
    problems.append(Problem(f"it can't be told which column has the {what}s", received, step))
    return 0


def _labels(
    table: Table,
    wanted: str | None,
    rest: list[int],
    several: bool,
    apart: bool,
    problems: list[Problem],
) -> tuple[int, ...]:
    names = [name.strip().lower() for name in table.header]
    known = SEVERAL_NAMES if several else LABEL_NAMES
    if wanted is not None and "," in wanted and wanted.strip().lower() not in names:
        listed = [name for name in wanted.split(",") if name.strip()]
        found = [find_column(table.header, name, "--label", problems) for name in listed]
        if not problems and not several and not apart:
            problems += one_hot_problems(table, found)
        return tuple(found)
    if wanted is None and not any(name in names for name in known):
        if len(rest) == 1:
            return tuple(rest)
        like = is_mostly_binary if several else is_binary
        binary = [] if apart else [number for number in rest if like(table.column(number))]
        if len(binary) > 1:
            problems += [] if several else one_hot_problems(table, binary)
            return tuple(binary)
    return (_named(table.header, wanted, known, "label", problems),)
