"""How much a command says on stderr of what it does: `--quiet`, `--verbose`, or `KERASFT_VERBOSITY` for all commands.

Results go to stdout, and are the same at each level, with one exception: `kerasft doctor` lists what passed only where
all is told, and counts it else.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from kerasft.base.errors import InputError, Problem, did_you_mean

VARIABLE = "KERASFT_VERBOSITY"
QUIET, NORMAL, VERBOSE = LEVELS = ("quiet", "normal", "verbose")

_chosen: list[str] = []  # by the commands that are at work, the innermost last


def level() -> str:
    """Returns one of `LEVELS`; what the variable has that is none of them counts as "normal"."""
    given = _chosen[-1] if _chosen else os.environ.get(VARIABLE, NORMAL)
    return given if given in LEVELS else NORMAL


def is_quiet() -> bool:
    """Returns whether only warnings and errors are told."""
    return level() == QUIET


def is_verbose() -> bool:
    """Returns whether all is told."""
    return level() == VERBOSE


@contextmanager
def at_level(name: str | None) -> Iterator[None]:
    """Tells as much as a level says within a command; None leaves it to the variable.

    Raises:
        InputError: The variable has no level.
    """
    given = os.environ.get(VARIABLE) or NORMAL
    if name is None and given not in LEVELS:
        hint = did_you_mean(given, LEVELS, f"use {', '.join(LEVELS)}")
        raise InputError(Problem(f"{VARIABLE} is unknown", given, hint))
    _chosen.append(name or given)
    try:
        yield
    finally:
        _chosen.pop()
