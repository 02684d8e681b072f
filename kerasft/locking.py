"""One process at a time in a run folder. The lock is the operating system's, and ends with the process that has it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from kerasft import files
from kerasft.errors import InputError, Problem

LOCK, OWNER = ".lock", ".lock-owner"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Holds the lock of a run folder, which is first rid of what a killed process left half written.

    Raises:
        InputError: Another process, which is named, is training there.
    """
    lock = FileLock(folder / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        try:
            owner = (folder / OWNER).read_text("utf-8").strip()
        except OSError:
            owner = "unknown"
        hint = "wait for it, stop it, or use another --run-dir"
        raise InputError(
            Problem(f"process {owner} is training in this run folder", str(folder), hint)
        ) from None
    try:
        (folder / OWNER).write_text(f"{os.getpid()}\n", "utf-8")
        files.clear_partial(folder)
        yield
    finally:
        for name in (OWNER, LOCK):
            with contextlib.suppress(OSError):
                (folder / name).unlink()
        lock.release()
