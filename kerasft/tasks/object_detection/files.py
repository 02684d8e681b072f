"""The files below a folder of data, and the split that a path names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from kerasft.base.bounded import read_bytes
from kerasft.data.listing import SPLIT_NAMES
from kerasft.data.products import product_of
from kerasft.data.signatures import IMAGE_SUFFIXES

_MOST_BYTES = 16_000_000  # of the boxes of one image, or of a list of images


def files_below(root: Path) -> Iterator[Path]:
    """Yields the visible files below a folder, in one order on all systems; links to folders aren't followed."""
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith((".", "__MACOSX")) and not product_of(os.path.join(folder, name))
        )
        yield from (Path(folder) / name for name in sorted(names) if not name.startswith("."))


def is_image(path: Path) -> bool:
    """Returns whether a file is an image by its suffix."""
    return path.suffix.lower() in IMAGE_SUFFIXES


def read_text(path: Path) -> str:
    """Returns the text of a file of a few MB in UTF-8.

    Raises:
        OSError: It can't be read, or is larger.
        UnicodeDecodeError: It is not UTF-8.
    """
    return read_bytes(path, _MOST_BYTES).decode("utf-8-sig")


def split_of_path(name: str) -> str:
    """Returns the split that a folder in a path names, "" if none does."""
    return next(
        (SPLIT_NAMES[part.lower()] for part in name.split("/")[:-1] if part.lower() in SPLIT_NAMES), ""
    )


def name_below(file: Path, root: Path) -> str:
    """Returns the path of a file below a folder with "/"; of one elsewhere that with its own folder."""
    try:
        return file.relative_to(root).as_posix()
    except ValueError:
        return f"{file.parent.name}/{file.name}"
