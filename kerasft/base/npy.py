"""The header of NumPy's files, read as if anybody could have written it.

An `.npy` file may hold pickled objects, which run code, or a header that asks for terabytes. Here the header is
compared with what is expected before anything is made of it.
"""

from __future__ import annotations

from typing import BinaryIO

import numpy as np

HEADER_BYTES = 4096  # of an .npy file, at most


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
