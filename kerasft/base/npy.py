"""Arrays of numbers in NumPy's file formats, read as if anybody could have written them.

An `.npy` file may hold pickled objects, which run code, or a header that asks for terabytes. Here the header is
compared with what is expected before anything is made of it.
"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

import numpy as np

from kerasft.base.zip_members import ArchiveError, open_archive

HEADER_BYTES = 4096  # of an .npy file, at most
SUFFIX = ".npy"


def read_header(file: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Reads the header of an `.npy` file: shape, whether the order is Fortran's, and type.

    Raises:
        ValueError: It is damaged, of an unknown version, or of anything but plain numbers.
    """
    version = np.lib.format.read_magic(file)
    readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    if version not in readers:
        raise ValueError(f"a version of the format that kerasft doesn't read: {version}")
    try:
        shape, fortran, dtype = readers[version](file, max_header_size=HEADER_BYTES)
    except Exception as error:  # numpy reads the header as Python: SyntaxError, TokenError, MemoryError, ...
        raise ValueError(f"its header can't be read: {error}") from None
    if dtype.hasobject or dtype.kind not in "fiub" or dtype.itemsize > 8:
        raise ValueError(f"it holds no plain numbers ({dtype})")
    if any(type(length) is not int or length < 0 for length in shape):
        raise ValueError(f"its shape is {shape}")
    return shape, fortran, dtype


def read_npz(path: Path, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, np.ndarray]:
    """Reads the arrays of an `.npz` file that holds exactly the expected ones.

    Args:
        path: The file.
        shapes: What it must hold, by name.

    Raises:
        ArchiveError: A member is too large for its array, damaged, or of another shape.
        OSError: The file can't be read.
    """
    with open_archive(path, most_members=len(shapes)) as archive:
        return {
            name: _array(archive.read(name + SUFFIX, _most_bytes(shape)), name, shape)
            for name, shape in shapes.items()
        }


def npz_sizes(path: Path, most_members: int) -> dict[str, int]:
    """Returns the bytes of each array of an `.npz` file, header included, by name; raises as `read_npz`."""
    with open_archive(path, most_members=most_members) as archive:
        return {name.removesuffix(SUFFIX): size for name, size in archive.sizes.items()}


def _most_bytes(shape: tuple[int, ...]) -> int:
    return 8 * math.prod(shape) + HEADER_BYTES


def _array(content: bytes, name: str, shape: tuple[int, ...]) -> np.ndarray:
    file = io.BytesIO(content)
    try:
        found, fortran, dtype = read_header(file)
    except Exception as error:  # numpy has several answers to a damaged header
        raise ArchiveError(f"{name} is no array: {' '.join(str(error).split())[:200]}") from error
    data = content[file.tell() :]
    if found != shape or len(data) != math.prod(shape) * dtype.itemsize:
        raise ArchiveError(f"{name} is of shape {found} in {len(data)} bytes, and {shape} is expected")
    return np.frombuffer(data, dtype).reshape(shape, order="F" if fortran else "C")
