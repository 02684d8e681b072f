"""What variables hold, as arrays: taken while training goes on, and given back."""

from __future__ import annotations

from collections.abc import Iterable

import keras
import numpy as np


def value_of(variable: keras.Variable) -> np.ndarray:
    """Returns what a variable holds now, as an array that stays so whatever becomes of the variable.

    TensorFlow on a CPU need not copy it: a variable whose memory is being looked at gets other memory when it changes.
    """
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        value = tf.convert_to_tensor(variable)
        # DLPack, by which arrays are handed on, has no name for bfloat16
        if "CPU" in value.device and value.dtype != tf.bfloat16:
            return np.from_dlpack(value)
    return np.array(keras.ops.convert_to_numpy(variable), order="C")


def values_of(variables: Iterable[keras.Variable]) -> list[np.ndarray]:
    """Returns what variables hold now, in their order."""
    return [value_of(variable) for variable in variables]


def assign(variables: Iterable[keras.Variable], values: Iterable[np.ndarray]) -> None:
    """Gives variables values that `values_of` returned.

    Raises:
        ValueError: There are more of the ones than of the others, or their shapes differ.
    """
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
