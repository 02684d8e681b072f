"""Features in memory, one array for each tensor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np

from kerasft.base.specs import Spec, numpy_dtype, stored_dtype
from kerasft.data.device import Rows


class Part(Protocol):
    """The features of one split, or of one view of it, filled from the first row to the last."""

    rows: int

    def append(self, values: Mapping[str, np.ndarray]) -> None:
        """Adds rows: by name, (rows, ...) of each tensor."""

    def finish(self) -> dict[str, Rows]:
        """Returns the full arrays by name; each gives rows by `array[numbers]` and has shape and dtype."""


class MemoryPart:
    """A part in memory.

    Args:
        count: Rows in all.
        specs: The tensors, by name.
        half: Whether float32 is kept as float16.
    """

    def __init__(self, count: int, specs: Mapping[str, Spec], half: bool = False):
        self.rows, self.half = 0, half
        self._specs = dict(specs)
        self._arrays = {
            name: np.empty((count, *spec.shape), stored_dtype(spec, half)) for name, spec in specs.items()
        }

    def append(self, values: Mapping[str, np.ndarray]) -> None:
        """See `Part`."""
        count = len(next(iter(values.values())))
        for name, array in self._arrays.items():
            array[self.rows : self.rows + count] = values[name]
        self.rows += count

    def finish(self) -> dict[str, Rows]:
        """See `Part`."""
        return {
            name: HalfRows(array, numpy_dtype(self._specs[name].dtype))
            if array.dtype != numpy_dtype(self._specs[name].dtype)
            else array
            for name, array in self._arrays.items()
        }


class HalfRows:
    """An array of float16 that gives its rows in another dtype."""

    def __init__(self, array: np.ndarray, dtype: np.dtype):
        self._array, self.shape, self.dtype = array, array.shape, dtype

    def __len__(self) -> int:
        return len(self._array)

    def __getitem__(self, rows: np.ndarray) -> np.ndarray:
        """Returns rows (n, ...) by their numbers, int (n,)."""
        return self._array[rows].astype(self.dtype)
