"""What a user names to be predicted: files, folders and patterns, whatever is in them."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable
from pathlib import Path

from kerasft.base.errors import InputError, Problem, raise_problems
from kerasft.data.scan import Kind, Scan, is_folder


def expanded(inputs: Iterable[str | Path]) -> list[str]:
    """Returns the inputs with patterns replaced by the files that fit them; a pattern without any stays."""
    found: list[str] = []
    for each in inputs:
        text = str(each)
        fits = [] if exists(text) or not glob.has_magic(text) else sorted(glob.glob(text, recursive=True))
        found += fits or [text]
    return found


def exists(path: str | Path) -> bool:
    """Returns whether a text is the path of something."""
    try:
        return os.path.exists(path)
    except ValueError:  # a text with a null character
        return False


def files_below(root: Path, kind: Kind, called: str) -> list[Path]:
    """Returns the files of a kind below a folder, sorted; each real folder once, since links may form loops.

    Args:
        root: The folder.
        kind: Which files count.
        called: What such a file is called, for messages.

    Raises:
        InputError: There is none.
    """
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
        what = f"the folder holds no {kind.noun}s"
        raise InputError(Problem(what, str(root), f"give a folder with {called} files, or a table"))
    return sorted(found)
