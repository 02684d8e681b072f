"""Examples and features in the memory of the GPU, where they fit: a step then moves row numbers, not rows.

Copying a batch of images or of wide features out of host memory takes longer than a GPU needs to train on it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Protocol

import numpy as np

from kerasft.base import environment

SHARE = 0.4  # of the free GPU memory, for one set of arrays; the rest is for training


class Rows(Protocol):
    """An array that gives some of its rows: a NumPy array, or what keeps one on disk or on a device."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(n, ...)."""

    @property
    def dtype(self) -> np.dtype:
        """Of the rows."""

    def __len__(self) -> int: ...

    def __getitem__(self, rows: np.ndarray, /) -> np.ndarray:
        """Returns rows (m, ...) by their numbers, int (m,)."""


class DeviceRows:
    """An array on the device that gives its rows there.

    Args:
        array: (n, ...), in memory; copied to the device.
    """

    def __init__(self, array: np.ndarray):
        import keras

        self._array = keras.ops.convert_to_tensor(array)
        self.shape, self.dtype = array.shape, array.dtype

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: np.ndarray) -> np.ndarray:
        """Returns rows (n, ...) by their numbers, int (n,), as a tensor on the device."""
        import keras

        return keras.ops.take(self._array, rows.astype(np.int32), axis=0)


def on_device(rows: Mapping[str, Rows]) -> dict[str, Rows]:
    """Returns the arrays on the GPU if there is one that has room for all of them, or as they are.

    Args:
        rows: Arrays (n, ...) by name; only those that are NumPy arrays are moved.
    """
    arrays = {name: each for name, each in rows.items() if isinstance(each, np.ndarray)}
    size = sum(math.prod(array.shape) * array.dtype.itemsize for array in arrays.values())
    if not fits_on_device(size):
        return dict(rows)
    return {**rows, **{name: DeviceRows(array) for name, array in arrays.items()}}


def fits_on_device(size: int) -> bool:
    """Whether features of so many bytes may be kept in the memory of the GPU; False without one."""
    return 0 < size <= SHARE * environment.free_gpu_memory()
