"""splits.csv: the file of a run that says which picture is in which split, and what was in it."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from kerasft.base.bounded import read_bytes
from kerasft.base.csv_cells import csv_text
from kerasft.base.errors import InputError, Problem, raise_problems
from kerasft.base.files import write_text
from kerasft.base.places import require_local
from kerasft.contract.splits import ARRAYS, Split, Splits, make_splits
from kerasft.data.listing import SPLITS, Item, Listing, check_resize, listing_of, plural, require
from kerasft.data.own_splits import apart, flag_of_prefix, require_in_place, without_prefix
from kerasft.data.tables import find_file
from kerasft.data.tfds import PREFIX as TFDS
from kerasft.data.tfds import list_tfds
from kerasft.inputs.images.digits import NAME as DIGITS
from kerasft.inputs.images.digits import write_digits
from kerasft.inputs.images.loading import Progress, load

__all__ = ["Split", "Splits", "restore_splits", "write_splits"]
MOST_BYTES = 500_000_000  # of splits.csv: two million examples
_HEADER = ["split", "label", "id", "sha256"]
_MOST = 20


class Written(Protocol):
    """Splits of pictures or texts, as far as splits.csv is concerned."""

    @property
    def class_names(self) -> tuple[str, ...]:
        """In label order."""


def write_splits(splits: Written, path: str | Path) -> Path:
    """Writes the splits as CSV with the columns split, label (the class name), id and sha256, atomically."""
    rows = [_HEADER]
    for name in SPLITS:
        split = getattr(splits, name)
        for label, each, digest in zip(split.labels, split.ids, split.hashes, strict=True):
            rows.append([name, splits.class_names[label], each, digest])
    return write_text(path, csv_text(rows, exact=True))


def restore_splits(
    path: str | Path,
    source: str,
    class_names: tuple[str, ...],
    image_size: int,
    resize: str,
    data_dir: str | Path | None = None,
    *,
    bit_depth: int | None = None,
    seed: int = 0,
    own: Mapping[str, str] = MappingProxyType({}),
    memory_limit: int | None = None,
    progress: Progress | None = None,
) -> Splits:
    """Reads the splits of an earlier run again: the same files in the same order, or an error.

    Args:
        path: A file of `write_splits`.
        source: As in `Splits.source`: a folder, a CSV, "tfds:NAME" or "digits".
        class_names: The class list of the run.
        image_size: Side of the pictures, in pixels.
        resize: "stretch" or "crop".
        data_dir: As for `read_images`.
        bit_depth: The bits of 16-bit files that the run reads.
        seed: The seed that the splits were drawn with, for the record.
        own: The sources of splits that have their own, by split name.
        memory_limit: See `store.new_store`.
        progress: Called as progress(done, total).

    Raises:
        InputError: Files are missing or changed, all listed; or the pictures were arrays, which kerasft
            doesn't keep.
    """
    source = str(source)
    what = "the pictures of this run were arrays in memory, which are not kept on disk"
    require(source != ARRAYS, Problem(what, source, "pass the Splits that the run was made with"))
    raise_problems(check_resize(image_size, resize))
    wanted = read_split_rows(Path(path), class_names)
    loaded = load(
        _locate_all(source, wanted, class_names, data_dir, own),
        image_size,
        resize,
        bit_depth=bit_depth,
        memory_limit=memory_limit,
        progress=progress,
    )
    found = dict(zip((item.id for item in loaded.items), loaded.hashes, strict=True))
    raise_problems(change_problems(wanted, found, dict(loaded.broken), " or ".join((source, *own.values()))))
    position = {item.id: row for row, item in enumerate(loaded.items)}
    rows: dict[str, list[int]] = {name: [] for name in SPLITS}
    for item, _ in wanted.values():
        rows[item.split].append(position[item.id])
    splits = make_splits(loaded, rows, class_names)
    return Splits(
        splits["train"],
        splits["validation"],
        splits["test"],
        class_names=tuple(class_names),
        image_size=image_size,
        resize=resize,
        source=source,
        seed=seed,
        data_dir=None if data_dir is None else str(data_dir),
        bit_depth=bit_depth,
        validation_data=own.get("validation"),
        test_data=own.get("test"),
    )


def read_split_rows(path: Path, class_names: tuple[str, ...]) -> dict[str, tuple[Item, str]]:
    """Returns the rows of a splits file by id, each with its hash.

    Raises:
        InputError: The file is missing or damaged.
    """
    next_step = "the run folder is damaged: train again, or restore the file"
    try:
        text = read_bytes(path, MOST_BYTES).decode(
            "utf-8"
        )  # a name may hold "\r", which read_text() would change
        rows = list(csv.reader(io.StringIO(text, newline="")))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(Problem(f"the splits file can't be read: {error}", str(path), next_step)) from None
    require(bool(rows) and rows[0] == _HEADER, Problem("not a splits file", str(path), next_step))
    wanted = {}
    for number, row in enumerate(rows[1:], start=1):
        fits = len(row) == 4 and row[0] in SPLITS and row[1] in class_names and row[2] not in wanted
        require(fits, Problem(f"row {number} of the splits file is damaged", str(path), next_step))
        wanted[row[2]] = (Item(row[2], row[1], b"", row[0]), row[3])
    require_local(
        (without_prefix(each).removeprefix(TFDS) for each in wanted),
        "the splits file",
        "get the run again from where it came",
    )
    return wanted


def _locate_all(
    source: str,
    wanted: dict[str, tuple[Item, str]],
    class_names: tuple[str, ...],
    data_dir: str | Path | None,
    own: Mapping[str, str],
) -> Listing:
    parts = [
        (prefix, _locate(where or source, part, class_names, data_dir, flag_of_prefix(prefix)))
        for prefix, where, part in apart(wanted, own)
    ]

    def items() -> Iterator[Item]:
        for prefix, listing in parts:
            yield from (replace(item, id=prefix + item.id) for item in listing.items())

    return Listing(len(wanted), items, tuple(class_names))


def _locate(
    source: str,
    wanted: dict[str, tuple[Item, str]],
    class_names: tuple[str, ...],
    data_dir: str | Path | None,
    flag: str,
) -> Listing:
    if source.startswith(TFDS):
        listing = list_tfds(source, data_dir=data_dir)
        return Listing(
            len(wanted), lambda: (item for item in listing.items() if item.id in wanted), tuple(class_names)
        )
    root = write_digits() if source == DIGITS else Path(source)
    require_in_place(root, flag)
    if os.path.isfile(root):
        root = Path(data_dir) if data_dir is not None else root.parent
    items = [
        Item(name, item.class_name, find_file(root, name) or root / name, item.split)
        for name, (item, _) in wanted.items()
    ]
    return listing_of(items, tuple(class_names))


def change_problems(
    wanted: dict[str, tuple[Item, str]],
    found: dict[str, str],
    reasons: dict[str, str],
    source: str,
    noun: str = "picture",
) -> list[Problem]:
    """Compares what a run was made of with what is there now.

    Args:
        wanted: As `read_split_rows` returns it.
        found: SHA-256 by id of what could be read.
        reasons: Why something could not be read, by id.
        source: For messages.
        noun: What they are, for messages: "picture" or "text".
    """
    next_step = f"restore it in {source}, or train again"
    changes = []
    for name, (_, digest) in wanted.items():
        if name not in found:
            changes.append((name, reasons.get(name, "missing")))
        elif found[name] != digest:
            changes.append((name, "its content has changed"))
    problems = [
        Problem(f"a {noun} of this run is not what it was, {reason}", name, next_step)
        for name, reason in changes[:_MOST]
    ]
    if len(changes) > _MOST:
        what = f"and {plural(len(changes) - _MOST, f'more {noun}')} missing or changed"
        problems.append(Problem(what, "", next_step))
    return problems
