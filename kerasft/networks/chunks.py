"""Arrays of HDF5 that are stored in chunks: each unpacks to its own size, and none is larger than its array.

HDF5 unpacks whole chunks, whatever part of them is asked for, and its deflate filter makes room for all that comes
out, whatever the chunk's size. So a file of some megabytes can ask for any amount of memory.
"""

from __future__ import annotations

import math
import zlib

import h5py

from kerasft.base.errors import UnsafeFileError

DEFLATE, SHUFFLE, FLETCHER32 = h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_FLETCHER32
MOST_BYTES = 1 << 20  # of a chunk of a smaller array
_CHECKSUM_BYTES = 4
_STEP = 1 << 20


def check(dataset: h5py.Dataset, filters: list[int], path: str) -> None:
    """Raises `UnsafeFileError` unless every chunk is what its array says.

    Args:
        dataset: Stored in chunks.
        filters: Of `DEFLATE`, `SHUFFLE` and `FLETCHER32`, in the order of writing.
        path: For the message.
    """
    size = math.prod(dataset.chunks) * dataset.dtype.itemsize
    whole = math.prod(dataset.shape) * dataset.dtype.itemsize
    if size > max(whole, MOST_BYTES):
        raise UnsafeFileError(f"{path!r} has chunks of {size} bytes, and is an array of {whole}")
    if len(set(filters)) < len(filters):
        raise UnsafeFileError(f"{path!r} is packed more than once")
    found: list[tuple[tuple[int, ...], int, int]] = []
    dataset.id.chunk_iter(lambda info: found.append((info.chunk_offset, info.filter_mask, info.size)))
    for place, mask, stored in found:
        applied = [each for number, each in enumerate(filters) if not mask >> number & 1]
        if DEFLATE not in applied:
            fits = stored <= size + _CHECKSUM_BYTES
        else:
            _, content = dataset.id.read_direct_chunk(place)
            fits = _unpacks_to(content, applied, size)
        if not fits:
            raise UnsafeFileError(f"{path!r} has a chunk that doesn't unpack to {size} bytes")


def _unpacks_to(content: bytes, applied: list[int], size: int) -> bool:
    """Whether a packed chunk gives `size` bytes and not one more; of them, a megabyte is in memory at a time."""
    inside = _CHECKSUM_BYTES if FLETCHER32 in applied[: applied.index(DEFLATE)] else 0
    unpacker, count = zlib.decompressobj(), 0
    try:
        for start in range(0, len(content) + 1, _STEP):  # the last one may be empty, for what is left inside
            given = content[start : start + _STEP]
            while not unpacker.eof and count <= size + inside:
                part = unpacker.decompress(given, _STEP)
                given = unpacker.unconsumed_tail
                count += len(part)
                if not part and not given:
                    break
    except zlib.error:
        return False
    return unpacker.eof and count == size + inside
