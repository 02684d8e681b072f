"""Files written whole or not at all: a temporary name beside the target, fsync, rename."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock

from kerasft.base import bounded
from kerasft.base.errors import Problem
from kerasft.base.shells import ON_WINDOWS

PARTIAL_PREFIX = ".partial-"
MOST_JSON_BYTES = 16_000_000
DISK_IS_FULL = (errno.ENOSPC, errno.EDQUOT)
_LOCK, _PREVIOUS = ".lock", "previous"
_LONE = "backslashreplace"  # also what JSON calls a lone surrogate
_LONGEST_OF_WINDOWS = 260  # characters of a path, unless long ones are allowed
_WRITABLE = "write to a folder that can be written"
_STEPS = {
    errno.ENOSPC: "free some space or write elsewhere",
    errno.EDQUOT: "free some space or write elsewhere",
    errno.EACCES: _WRITABLE,
    errno.EPERM: _WRITABLE,
    errno.EROFS: _WRITABLE,
    errno.ENAMETOOLONG: "use a shorter name, or a folder nearer to the root",
    errno.EMFILE: "allow more open files: ulimit -n 1024",
    errno.ENFILE: "allow more open files on this machine",
    errno.ENOTDIR: "a part of the path is a file: choose another one",
    errno.ELOOP: "a link leads to itself: choose another path",
    errno.EILSEQ: "the file system can't have this name: use plain letters",
    errno.EIO: "check the disk",
}


@contextmanager
def atomic_path(target: str | Path) -> Iterator[Path]:
    """Yields a temporary path beside `target`; on success it takes the target's name, else it is removed.

    The body may create a file or a folder at the temporary path. It keeps the target's suffix, because
    libraries choose formats by suffix. An existing target file is replaced in one step; an existing target
    folder is moved aside first and removed once the new one has its name.

    Args:
        target: The final path; its parent folder is created.

    Raises:
        OSError: The disk is full, or the folder can't be written; nothing is left under either name.
    """
    target = Path(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    holder = Path(tempfile.mkdtemp(prefix=PARTIAL_PREFIX, dir=target.parent))
    lock = FileLock(holder / _LOCK)  # says to `clear_partial` that this process lives
    try:
        with suppress(NotImplementedError):  # a file system without locks: there, leftovers stay
            lock.acquire()
        temporary = holder / target.name
        yield temporary
        _sync_tree(temporary)
        if target.is_dir() and not target.is_symlink():
            replace(target, holder / _PREVIOUS)
        replace(temporary, target)
        _sync(target.parent)
    except OSError as error:
        if (
            error.errno is not None and error.filename is None
        ):  # a write that failed doesn't know what it wrote
            error.filename = str(target)
        raise
    finally:
        if (holder / _PREVIOUS).exists() and not target.exists():  # the second rename failed
            replace(holder / _PREVIOUS, target)
        lock.release()
        shutil.rmtree(holder, ignore_errors=True)


def replace(source: Path, target: Path) -> None:
    """Gives a file or folder a name, in one step.

    Raises:
        OSError: It can't have the name. On Windows a file that somebody has open can't be replaced; scanners of viruses
            let go after some milliseconds, so it is tried for a second.
    """
    for wait in (0.02, 0.05, 0.1, 0.2, 0.6) if ON_WINDOWS else ():
        try:
            os.replace(source, target)
            return
        except PermissionError:
            time.sleep(wait)
    os.replace(source, target)


def clear_partial(folder: str | Path) -> None:
    """Removes what killed processes have left of `atomic_path` in a folder, and nothing that a living one writes.

    A process that was killed while it replaced a folder had moved the old one aside, when the new one was whole; the
    new one gets its name.
    """
    for holder in Path(folder).glob(f"{PARTIAL_PREFIX}*"):
        lock = FileLock(holder / _LOCK, timeout=0)
        try:
            # a link would lead to files that nobody has begun to write here
            if holder.is_symlink() or (holder / _LOCK).is_symlink() or not (holder / _LOCK).is_file():
                continue
            lock.acquire()
        except (OSError, NotImplementedError):  # it is being written, or another user's
            continue
        for whole in holder.iterdir() if (holder / _PREVIOUS).exists() else ():
            if whole.name not in (_LOCK, _PREVIOUS) and not (holder.parent / whole.name).exists():
                replace(whole, holder.parent / whole.name)
        lock.release()
        shutil.rmtree(holder, ignore_errors=True)


def write_text(target: str | Path, text: str) -> Path:
    r"""Writes `text` as UTF-8, atomically, and returns the path.

    What UTF-8 has no bytes for, a byte of a file name that is not UTF-8, is written as \udcXX.
    """
    with atomic_path(target) as temporary:
        temporary.write_text(text, encoding="utf-8", errors=_LONE, newline="\n")
    return Path(target)


def write_json(target: str | Path, value: object) -> Path:
    """Writes `value` as indented JSON, atomically, and returns the path. NaN is refused: it is not JSON."""
    return write_text(target, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def read_json(path: str | Path, most_bytes: int = MOST_JSON_BYTES) -> Any:
    """Reads a JSON file, which anybody may have made.

    Raises:
        OSError: The file can't be read, is no plain file, or has more than `most_bytes`.
        ValueError: It is not JSON in UTF-8, or is nested too deeply.
    """
    try:
        return json.loads(bounded.read_bytes(path, most_bytes).decode("utf-8-sig"))
    except RecursionError as error:
        raise ValueError(f"{path} is nested too deeply") from error


def file_problem(error: OSError) -> Problem | None:
    """Returns what a user can do about an error of the file system; None if it is of another kind.

    Args:
        error: As the operating system raised it. A file that is half written is told by the name it would get.
    """
    step = _STEPS.get(error.errno or 0)
    if ON_WINDOWS and isinstance(error, PermissionError):
        step = "close the program that has it open, or write to a folder that can be written"
    if (
        ON_WINDOWS
        and isinstance(error, FileNotFoundError)
        and len(str(error.filename or "")) >= _LONGEST_OF_WINDOWS
    ):
        what, step = (
            "the path is longer than Windows takes",
            "use a folder nearer to the root, or allow long paths",
        )
        return Problem(what, str(error.filename), step)
    if isinstance(error, FileNotFoundError) and "usable temporary directory" in str(
        error
    ):  # as tempfile says it
        return Problem(
            "there is no folder for temporary files", "", "set TMPDIR to a folder that can be written"
        )
    if step is None:
        return None
    place = (
        Path(os.fsdecode(error.filename)) if isinstance(error.filename, str | bytes | os.PathLike) else None
    )
    parts = [part for part in place.parts if not part.startswith(PARTIAL_PREFIX)] if place else []
    return Problem(os.strerror(error.errno or 0), str(Path(*parts)) if parts else "", step)


def sha256_of(path: str | Path) -> str:
    """Returns the SHA-256 of a file's bytes, as 64 hexadecimal digits.

    Raises:
        OSError: It can't be read, or is no plain file.
    """
    with bounded.open_plain(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]


def megabytes(path: str | Path) -> float:
    """Returns the size of a file, or of all files under a folder, in MB (10**6 bytes)."""
    path = Path(path)
    files = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
    return sum(p.stat().st_size for p in files) / 1e6


def _sync_tree(path: Path) -> None:
    for each in [path, *path.rglob("*")] if path.is_dir() else [path]:
        _sync(each)


def _sync(path: Path) -> None:
    if ON_WINDOWS and path.is_dir():  # which Windows can't open
        return
    descriptor = os.open(
        path, os.O_RDWR if ON_WINDOWS else os.O_RDONLY
    )  # Windows writes out only what may be written
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
