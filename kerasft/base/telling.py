"""Lines on stderr of work that has no `verbose` of its own, such as an export."""

from __future__ import annotations

import sys

from kerasft.base.terminal import Screen, say
from kerasft.base.verbosity import is_quiet, is_verbose


def telling(*, detail: bool = False) -> bool:
    """Returns whether work that has no `verbose` of its own tells what it does: within a command, or where asked to.

    Args:
        detail: Whether it is about what only `--verbose` shows.
    """
    return is_verbose() or (isinstance(sys.stdout, Screen) and not detail and not is_quiet())


def tell(text: str, *, detail: bool = False) -> None:
    """Prints a line on stderr, if `telling`."""
    if telling(detail=detail):
        say(text, stderr=True)
