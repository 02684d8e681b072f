"""Which SavedModels this computer made: a SavedModel is a program, and only its author can vouch for it.

The hashes beside a model show that it is whole, not who made it: whoever changes the model can change the hashes
too. So each SavedModel that is exported here is remembered in `kerasft_home()`, outside of every folder that
could be handed in, by the hash of its description, which holds the hash of each of its files.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from kerasft import files
from kerasft.environment import kerasft_home
from kerasft.errors import InputError, Problem

FOLDER = "exported_here"


def remember(description: Path) -> None:
    """Notes that the SavedModel with this description was exported here; an unwritable home just can't remember."""
    marker = kerasft_home() / FOLDER / files.sha256_of(description)
    with contextlib.suppress(OSError):
        marker.parent.mkdir(parents=True, exist_ok=True)
        marker.touch()


def require_trust(description: Path, trusted: bool) -> None:
    """Raises `InputError` unless the user trusts a SavedModel, or it was exported here.

    Args:
        description: Its `kerasft.json`, whose hashes were compared.
        trusted: Whether the user said so.
    """
    if trusted or (kerasft_home() / FOLDER / files.sha256_of(description)).exists():
        return
    what = "a SavedModel is a program that could do anything on this computer, and this one was not exported here"
    hint = (
        "if you trust who made it, add --trust; a run, a bundle or a .tflite holds no program and needs none"
    )
    raise InputError(Problem(what, str(description.parent), hint))
