"""A fingerprint of a model, by which it is known again."""

from __future__ import annotations

import keras
import numpy as np

from kerasft.contract.registry import task_of
from kerasft.networks.inference import as_function

PROBED = 32_000  # numbers of one output


def probe(model: keras.Model) -> np.ndarray:
    """Returns a fingerprint of architecture, weights and tokenizer: float32 (numbers,), the outputs for a fixed input.

    Of an output of more than `PROBED` numbers, such as a map, it has every second, third, ... one.
    """
    inputs = task_of(model.kerasft.task).probe_input(model)
    outputs = keras.tree.flatten(as_function(model, few=True)(inputs))
    rows = [np.asarray(keras.ops.convert_to_numpy(each)[0], "float32").reshape(-1) for each in outputs]
    return np.concatenate([row[:: max(1, -(-len(row) // PROBED))] for row in rows])
