"""One process at a time in a run folder. The lock is the operating system's, and ends with the process that has it."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from kerasft.base import bounded, files
from kerasft.base.errors import InputError, Problem

LOCK, OWNER = ".lock", ".lock-owner"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Holds the lock of a run folder, which is first rid of what a killed process left half written.

    Raises:
        InputError: Another process, which is named, is training there.
    """
    _require_plain(folder)
    lock = FileLock(folder / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        try:
            owner = str(int(bounded.read_bytes(folder / OWNER, 100)))
        except (OSError, ValueError):
            owner = "unknown"
        hint = "wait for it, stop it, or use another --run-dir"
        raise InputError(
            Problem(f"process {owner} is training in this run folder", str(folder), hint)
        ) from None
    try:
        files.write_text(folder / OWNER, f"{os.getpid()}\n")
        files.clear_partial(folder)
        yield
    finally:
        for name in (OWNER, LOCK):
            with contextlib.suppress(OSError):
                (folder / name).unlink()
        lock.release()  # which on Windows, where nobody removes an open file, removes it


def _require_plain(folder: Path) -> None:
    """A link would have the lock written into the file that it leads to, and a named pipe would be waited for."""
    for path in (folder / LOCK, folder / OWNER):
        with contextlib.suppress(FileNotFoundError):
            if not stat.S_ISREG(path.lstat().st_mode):
                raise InputError(Problem("the lock of the folder is no plain file", str(path), "remove it"))
