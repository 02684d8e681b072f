"""Files that anybody may have made: opened without waiting, and read up to a size.

A named pipe would be waited for, a device may never end, and a sparse file, which takes no room on the disk and which
tar keeps as it is, would fill the memory with nothing.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

from kerasft.base.errors import InputError, Problem

_LARGE = 64_000_000  # bytes; smaller files may be as sparse as they like
_LEAST_DATA = 16  # a large file must hold data for one in so many of its bytes


class RefusedFile(InputError, OSError):
    """It is no plain file, or larger than it may be; `strerror` says which.

    It is an `OSError` too, so that it goes the way of all files that can't be read.
    """

    def __init__(self, path: str | Path, why: str):
        super().__init__(Problem(f"a file can't be used: {why}", str(path), "give another, or remove it"))
        self.errno, self.strerror, self.filename = errno.EINVAL, why, str(path)

    def __str__(self) -> str:
        return str(self.problems[0])


def open_plain(path: str | Path, most_bytes: int | None = None) -> BinaryIO:
    """Opens a file for reading, if it is one.

    Args:
        path: The file, or a link to one.
        most_bytes: What it may hold; None for any size.

    Raises:
        RefusedFile: It is a named pipe, a device or a folder; or too large; or large and nearly all holes.
        OSError: It is not there, or can't be read.
    """
    require_plain(path)  # opening some devices does something
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise RefusedFile(path, _what_it_is(status.st_mode))
        if most_bytes is not None and status.st_size > most_bytes:
            raise RefusedFile(path, f"it is larger than {most_bytes} bytes")
        if status.st_size > _LARGE and _is_hollow(descriptor, status.st_size):
            raise RefusedFile(path, "it is a sparse file, which holds next to nothing")
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def require_plain(path: str | Path) -> None:
    """Raises `RefusedFile` if there is something that is no plain file, and `OSError` if there is nothing."""
    mode = os.stat(path).st_mode
    if not stat.S_ISREG(mode):
        raise RefusedFile(path, _what_it_is(mode))


def is_plain(path: str | Path) -> bool:
    """Returns whether there is a file, where what is no plain file must not be taken for a missing one.

    Raises:
        RefusedFile: It is a named pipe, a device or a folder.
    """
    try:
        require_plain(path)
    except RefusedFile:
        raise
    except (OSError, ValueError):
        return False
    return True


def _what_it_is(mode: int) -> str:
    kinds = {stat.S_IFIFO: "a named pipe", stat.S_IFDIR: "a folder", stat.S_IFSOCK: "a socket"}
    return f"it is no plain file but {kinds.get(stat.S_IFMT(mode), 'a device')}"


def read_bytes(path: str | Path, most_bytes: int) -> bytes:
    """Reads a whole file: what it held when it was opened, should it grow meanwhile.

    Raises:
        OSError: As for `open_plain`.
    """
    with open_plain(path, most_bytes) as file:
        return file.read(
            os.fstat(file.fileno()).st_size
        )  # `read` takes memory for all it is asked for, at once


def _is_hollow(descriptor: int, size: int) -> bool:
    """Whether nearly all of a file are holes. File systems without holes, and compressing ones, show none."""
    if not hasattr(os, "SEEK_DATA"):
        return False
    place, data = 0, 0
    while data * _LEAST_DATA < size:
        try:
            start = os.lseek(descriptor, place, os.SEEK_DATA)
            place = os.lseek(descriptor, start, os.SEEK_HOLE)
        except OSError as error:
            if error.errno == errno.ENXIO:  # no data behind this place
                return True
            return False
        data += place - start
    os.lseek(descriptor, 0, os.SEEK_SET)
    return False
