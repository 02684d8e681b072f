"""Paths for libraries that read some characters otherwise than the file system does.

TensorFlow takes the path of a SavedModel for a pattern ("[", "*", "?", and a backslash before a character), and can't
have one that isn't UTF-8; LiteRT neither. A link with a plain name leads them to the same place.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kerasft.base.errors import InputError, Problem

_ODD = re.compile(r"[\[\]*?{}\ud800-\udfff]" if os.sep == "\\" else r"[\[\]*?{}\\\ud800-\udfff]")


@contextmanager
def plain_path(path: str | Path) -> Iterator[Path]:
    """Yields a path without such characters to a file or folder; it is gone at the end, and what it leads to stays.

    Args:
        path: Of something that exists, or of something to be made, whose own name has no such character.

    Raises:
        InputError: No link can be made; names the character.
    """
    path = Path(path)
    odd = _ODD.search(str(path))
    if odd is None:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="kerasft-", ignore_cleanup_errors=True) as folder:
        link, there = Path(folder) / "link", path.exists()
        try:
            link.symlink_to((path if there else path.parent).absolute(), target_is_directory=True)
        except OSError as error:  # Windows, for users without the right to
            what = f"TensorFlow can't have the character {odd[0]!r} in a path"
            raise InputError(Problem(what, str(path), "use a folder whose path lacks it")) from error
        yield link if there else link / path.name
