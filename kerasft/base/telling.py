"""Lines on stderr of work that has no `verbose` of its own, such as an export."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from kerasft.base.terminal import Screen, passing_line, say
from kerasft.base.verbosity import is_quiet, is_verbose

LONG = 10.0  # seconds of a step that a log file gets a line for


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


@contextmanager
def step(doing: str, done: str) -> Iterator[None]:
    """Shows on a terminal what work is at, and tells how long it took if that was long, or if all is to be told.

    Args:
        doing: In words: "converting".
        done: The same when it is over: "converted".
    """
    begin = time.monotonic()
    if not telling():
        yield
        return
    with passing_line(f"  {doing} ..."):
        yield
    seconds = time.monotonic() - begin
    tell(f"  {done} ({seconds:.1f} s)", detail=seconds < LONG)
