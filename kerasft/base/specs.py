"""Shape and type of an array, and how much room it takes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Spec:
    """One of the arrays that a model reads, or that cross a cut in it.

    Args:
        shape: Of one example, without the batch.
        dtype: Name of its Keras dtype, such as "float32"; "string" for bytes.
    """

    shape: tuple[int, ...]
    dtype: str

    @property
    def bytes(self) -> int:
        """Bytes of one example."""
        return math.prod(self.shape) * numpy_dtype(self.dtype).itemsize


def stored_dtype(spec: Spec, half: bool) -> np.dtype:
    """Returns the dtype in which a tensor is kept: its own, or float16 for float32 if `half`."""
    return np.dtype("float16") if half and spec.dtype == "float32" else numpy_dtype(spec.dtype)


def numpy_dtype(name: str) -> np.dtype:
    """Returns the NumPy dtype of a Keras dtype."""
    if name == "bfloat16":
        import ml_dtypes

        return np.dtype(ml_dtypes.bfloat16)
    return np.dtype(name)


def part_bytes(specs: Mapping[str, Spec], half: bool) -> int:
    """Returns the bytes of one example as it is kept."""
    return sum(math.prod(spec.shape) * stored_dtype(spec, half).itemsize for spec in specs.values())
