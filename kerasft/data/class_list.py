"""What classes are called: a flag, or a file with one name per line."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from kerasft.base.bounded import read_bytes
from kerasft.base.errors import InputError, Problem

FILE = "classes.txt"
_MOST_BYTES = 1_000_000


def names_of(classes: str | Path | Iterable[str] | None, beside: Path | None) -> tuple[str, ...] | None:
    """Returns the names of the classes in the order of their numbers; None where nobody says.

    Args:
        classes: Names, or with commas between them, or a text file of them; None looks for `classes.txt`.
        beside: The folder that it is looked for in.

    Raises:
        InputError: The file can't be read.
    """
    if classes is None:
        path = None if beside is None else beside / FILE
        return _read(path) if path is not None and path.exists() else None
    if not isinstance(classes, str | Path):
        return tuple(classes)
    if isinstance(classes, Path) or (classes.lower().endswith(".txt") and "," not in classes):
        return _read(Path(classes).expanduser())
    return tuple(name.strip() for name in classes.split(","))


def _read(path: Path) -> tuple[str, ...]:
    try:
        lines = read_bytes(path, _MOST_BYTES).decode("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8"
        what = f"the list of classes can't be read: {why}"
        raise InputError(
            Problem(what, str(path), "give a text file with one name per line to --classes")
        ) from None
    return tuple(line.strip() for line in lines if line.strip())
