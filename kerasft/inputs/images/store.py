"""Where decoded images are kept: one uint8 array, in memory or, when it is large, in a temporary file."""

from __future__ import annotations

import os
import tempfile

import numpy as np

from kerasft.base.errors import InputError, Problem
from kerasft.base.memory import available_memory

MEMORY_SHARE = 0.4


def new_store(count: int, image_size: int, memory_limit: int | None = None) -> np.ndarray:
    """Makes room for `count` images.

    Above the limit the array is mapped to a file without a name in the temporary folder (`TMPDIR`), which the
    operating system removes when the array is gone, also after a crash.

    Args:
        count: Number of images.
        image_size: Side in pixels.
        memory_limit: In bytes; None is `MEMORY_SHARE` of the memory that is available now.

    Returns:
        uint8 array (count, image_size, image_size, 3), not initialised.

    Raises:
        InputError: The images fit neither in memory nor in the temporary folder.
    """
    shape = (count, image_size, image_size, 3)
    size = int(np.prod(shape, dtype=np.int64))
    limit = int(MEMORY_SHARE * available_memory()) if memory_limit is None else memory_limit
    if size <= limit or size == 0:
        return np.empty(shape, np.uint8)
    try:
        with tempfile.TemporaryFile(prefix="kerasft-") as file:  # the mapping keeps it alive
            if hasattr(os, "posix_fallocate"):  # a full disk is found here, not as a crash (SIGBUS) later
                os.posix_fallocate(file.fileno(), 0, size)
            return np.memmap(file, dtype=np.uint8, mode="w+", shape=shape)
    except OSError as error:
        raise InputError(
            Problem(
                f"the decoded images need {size / 1e9:.1f} GB, more than memory or temporary folder have",
                f"{tempfile.gettempdir()}: {error.strerror or error}",
                "set TMPDIR to a larger disk, or use a smaller --image-size",
            )
        ) from None


def arrange(store: np.ndarray, order: np.ndarray) -> None:
    """Reorders the images in place, so that `store[k]` becomes what was `store[order[k]]`.

    In place, because a copy would double the memory. `order` is a permutation of all rows.
    """
    order = np.array(order, np.int64)  # a copy: visited rows are marked in it
    for start in range(len(order)):
        if order[start] == start:
            continue
        saved, row = store[start].copy(), start
        while order[row] != start:
            store[row] = store[order[row]]
            order[row], row = row, order[row]
        store[row] = saved
        order[row] = row
