"""Where decoded pictures are kept: one uint8 array, in memory or, when it is large, in a temporary file."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import numpy as np

from kerasft.base.errors import InputError, Problem

MEMORY_SHARE = 0.4
_FALLBACK_BYTES = 2_000_000_000


def new_store(count: int, image_size: int, memory_limit: int | None = None) -> np.ndarray:
    """Makes room for `count` pictures.

    Above the limit the array is mapped to a file without a name in the temporary folder (`TMPDIR`), which the
    operating system removes when the array is gone, also after a crash.

    Args:
        count: Number of pictures.
        image_size: Side in pixels.
        memory_limit: In bytes; None is `MEMORY_SHARE` of the memory that is available now.

    Returns:
        uint8 array (count, image_size, image_size, 3), not initialised.

    Raises:
        InputError: The pictures fit neither in memory nor in the temporary folder.
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
                f"the decoded pictures need {size / 1e9:.1f} GB, more than memory or temporary folder have",
                f"{tempfile.gettempdir()}: {error.strerror or error}",
                "set TMPDIR to a larger disk, or use a smaller --image-size",
            )
        ) from None


def arrange(store: np.ndarray, order: np.ndarray) -> None:
    """Reorders the pictures in place, so that `store[k]` becomes what was `store[order[k]]`.

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


def available_memory() -> int:
    """Bytes that can be used now: what the system says is available, within the container's limit."""
    amounts = [_system_memory()]
    for limit, used in (
        ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
        ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
    ):
        try:
            amounts.append(int(Path(limit).read_text()) - int(Path(used).read_text()))
        except (OSError, ValueError):  # no container, or no limit ("max")
            continue
    return max(0, min(amounts))


def _system_memory() -> int:
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    try:  # macOS: half of what is built in
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (AttributeError, ValueError, OSError):
        return _FALLBACK_BYTES
