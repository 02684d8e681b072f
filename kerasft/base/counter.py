"""A bar for work whose parts are counted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from kerasft.base.terminal import console as make_console


@contextmanager
def counter(what: str, enabled: bool = True) -> Iterator:
    """Yields a callback `(done, total)` that draws a bar on stderr, on terminals only, gone when done."""
    console = make_console(stderr=True)
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not (enabled and console.is_terminal)
    ) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
