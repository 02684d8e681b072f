"""Arrays in safetensors files, which anybody may have made: read only if they are exactly the expected ones.

The format has neither code nor links nor compression, and its library refuses a header that does not add up with the
file: arrays that overlap, leave gaps or end behind it. What is left to do is to bound the header, and to compare names,
shapes and types before an array is taken.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kerasft.base.bounded import open_plain
from kerasft.base.errors import UnsafeFileError, first_line
from kerasft.base.specs import Spec

if TYPE_CHECKING:
    from safetensors import safe_open

SUFFIX = ".safetensors"
_LENGTH_BYTES = 8  # a file begins with the length of its header
_ENTRY_BYTES = 200  # of the header, for each array: type, shape, place
_ESCAPED = 6  # bytes that JSON may have for one of a name
_SHOWN = 3


class OtherTensorsError(ValueError):
    """A file holds other arrays than are wanted; the text says which, and can follow on the file's name."""


def write_tensors(
    path: Path, arrays: Mapping[str, np.ndarray], about: Mapping[str, str] | None = None
) -> None:
    """Writes arrays, with texts about them in the header.

    Raises:
        OSError: The disk is full, or the file can't be written.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import save_file

    path.touch()
    mode = path.stat().st_mode
    try:
        save_file(dict(arrays), path, None if about is None else dict(about))
        path.chmod(mode)  # the library makes files that nobody else may read
    except SafetensorError as error:  # which tells a full disk only in its text
        found = re.search(r"os error (\d+)", str(error))
        number = int(found[1]) if found else errno.EIO
        raise OSError(number, os.strerror(number), str(path)) from error


@contextmanager
def open_tensors(path: Path) -> Iterator[safe_open]:
    """Opens a file of arrays; nothing but its header is read.

    Raises:
        UnsafeFileError: It is damaged, or in another format.
        OSError: It can't be read.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            yield file
    except SafetensorError as error:
        raise UnsafeFileError(f"it is not a whole safetensors file ({first_line(error)})") from error


def read_tensors(path: Path, wanted: Mapping[str, Spec]) -> Iterator[tuple[str, np.ndarray]]:
    """Yields the arrays of a file one by one, once all of them are known to be the wanted ones.

    Args:
        path: The file.
        wanted: Shape and dtype of what it must hold, by name.

    Raises:
        UnsafeFileError: It is damaged, or in another format.
        OtherTensorsError: Names, shapes or dtypes differ.
        OSError: It can't be read, or is no plain file.
    """
    _check_header(path, 1024 + sum(_ESCAPED * len(name) + _ENTRY_BYTES for name in wanted))
    with open_tensors(path) as file:
        slices = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118
        found = {name: f"{each.get_dtype()} {each.get_shape()}" for name, each in slices.items()}
        said = {name: f"{_code(spec.dtype)} {list(spec.shape)}" for name, spec in wanted.items()}
        if other := sorted({name for name, _ in found.items() ^ said.items()}):
            told = [f"{name}: {found.get(name, 'missing')}, not {said.get(name, 'known')}" for name in other]
            raise OtherTensorsError(f"holds {len(other)} other arrays ({', '.join(told[:_SHOWN])})")
        for name in wanted:
            yield name, file.get_tensor(name)


def _check_header(path: Path, most_bytes: int) -> None:
    with open_plain(path) as file:
        length = int.from_bytes(file.read(_LENGTH_BYTES), "little")
    if length > most_bytes:
        raise UnsafeFileError(f"its header has {length} bytes, and at most {most_bytes} are expected")


def _code(dtype: str) -> str:
    """Returns what safetensors call a Keras dtype."""
    return dtype.upper().replace("FLOAT", "F").replace("UINT", "U").replace("INT", "I")
