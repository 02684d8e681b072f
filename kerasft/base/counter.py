"""Progress of work whose parts are counted: a bar on a terminal, and a line now and then in a log file."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar

from kerasft.base.terminal import Screen, hide_passing_line
from kerasft.base.terminal import console as make_console
from kerasft.base.verbosity import is_quiet

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

EVERY = 60.0  # seconds between the lines of a log file

Counted = Callable[[int, int], None]


@contextmanager
def counter(what: str, enabled: bool = True, after: float = 0.0) -> Iterator[Counted]:
    """Yields a callback `(done, total)` that shows how far work on stderr is, with the time left.

    Args:
        what: Is counted.
        enabled: False shows nothing.
        after: Seconds before which a bar is not drawn: work that is done by then needs none.
    """
    if (
        not enabled or is_quiet()
    ):  # a terminal is not even looked at: answers to single examples come this way
        yield lambda done, total: None
        return
    shown = _Counter(what, make_console(stderr=True), after)
    try:
        yield shown.update
    finally:
        shown.close()


def in_command() -> bool:
    """Returns whether a command of the command line is at work, which tells its user what it does."""
    return isinstance(sys.stdout, Screen)


class _Counter:
    drawn: ClassVar[int] = 0  # rich draws one bar at a time

    def __init__(self, what: str, console: Console, after: float):
        self.what, self.console, self.after = what, console, after
        self.begin = self.told = time.monotonic()
        self.bar: tuple[Progress, TaskID] | None = None

    def update(self, done: int, total: int) -> None:
        now = time.monotonic()
        if not self.console.is_terminal:
            if now - self.told >= EVERY and 0 < done < total:
                self.told, left = now, (now - self.begin) / done * (total - done)
                about = time.strftime("%H:%M:%S" if left >= 3600 else "%M:%S", time.gmtime(left))
                self.console.print(f"{self.what}: {done:,} of {total:,}, about {about} left")
            return
        if self.bar is None and not _Counter.drawn and now - self.begin >= self.after:
            self.bar = self._draw()
            _Counter.drawn += 1
        if self.bar is not None:
            progress, task = self.bar
            progress.update(task, completed=done, total=total)

    def close(self) -> None:
        if self.bar is not None:
            self.bar[0].stop()
            _Counter.drawn -= 1

    def _draw(self) -> tuple[Progress, TaskID]:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        hide_passing_line()
        columns = (TextColumn(self.what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        progress = Progress(*columns, console=self.console, transient=True)
        progress.start()
        return progress, progress.add_task(self.what, total=None)
