"""Work that is done beside the training."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor


class Background:
    """Does one piece of work after another, beside the training or, as by default, at once.

    Args:
        beside: Whether to work in a thread. A GPU need not wait until a checkpoint is on the disk; a CPU has nothing to
            gain.
    """

    def __init__(self, beside: bool = False):
        self._thread = ThreadPoolExecutor(1) if beside else None
        self._pending: Future[None] | None = None

    def run(self, work: Callable[..., None], *arguments: object) -> None:
        """Begins a piece of work, when the one before is done; what that one raised is raised here."""
        self.wait()
        if self._thread is None:
            work(*arguments)
        else:
            self._pending = self._thread.submit(work, *arguments)

    def __enter__(self) -> Background:
        return self

    def __exit__(self, *exception: object) -> None:
        """Waits, so that nothing that follows meets a half-written file."""
        self.wait()

    def wait(self) -> None:
        """Returns when nothing is left to do; raises what the work has raised."""
        pending, self._pending = self._pending, None
        if pending is not None:
            pending.result()
