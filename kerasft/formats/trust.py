"""Which SavedModels this computer made: a SavedModel is a program, and only its author can vouch for it.

The hashes beside a model show that it is whole, not who made it: whoever changes the model can change the hashes
too. So each SavedModel that is exported here is remembered in kerasft's home, outside of every folder that
could be handed in, by the hash of its description, which holds the hash of each of its files.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from kerasft.base import files
from kerasft.base.environment import known_home, writable
from kerasft.base.errors import InputError, Problem

FOLDER = "exported_here"
_made: set[tuple[Path | None, str]] = set()  # by this process, which needs no file to remember


def remember(description: Path) -> None:
    """Notes that the SavedModel with this description was exported here; an unwritable home just can't remember."""
    home, made = known_home(), files.sha256_of(description)
    _made.add((home, made))
    if home:
        with contextlib.suppress(OSError):
            (home / FOLDER).mkdir(parents=True, exist_ok=True)
            (home / FOLDER / made).touch()


def forgotten() -> str:
    """Returns why other commands won't know what is exported here, and what to set; "" where they will."""
    home = known_home()
    if home and writable(home / FOLDER):
        return ""
    where = f"{home}, which can't be written" if home else "a home folder, which this user doesn't have"
    return f"kerasft notes what it exported in {where}: set KERASFT_HOME to a folder that can be written"


def require_trust(description: Path, trusted: bool) -> None:
    """Raises `InputError` unless the user trusts a SavedModel, or it was exported here.

    Args:
        description: Its `kerasft.json`, whose hashes were compared.
        trusted: Whether the user said so.
    """
    home, made = known_home(), files.sha256_of(description)
    if trusted or (home, made) in _made or (home and os.path.exists(home / FOLDER / made)):
        return
    what = "a SavedModel is a program that could do anything on this computer, and this one was not exported here"
    hint = (
        "if you trust who made it, add --trust; a run, a bundle or a .tflite holds no program and needs none"
    )
    if why := forgotten():
        what = "a SavedModel is a program that could do anything on this computer, and it isn't known who made it"
        hint = f"{why}; {hint}"
    raise InputError(Problem(what, str(description.parent), hint))
