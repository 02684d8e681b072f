"""What features depend on, as one hash: a stale cache has another one, and is not used."""

from __future__ import annotations

import hashlib
import json

import keras
import numpy as np

from kerasft.base import environment
from kerasft.contract.encoder import Arrays
from kerasft.contract.plan import Training, to_dict
from kerasft.data.batches import Batches
from kerasft.networks.sections import Sections

_ROWS = 1024


def key_of(
    model: keras.Model, sections: Sections, cut: int, batches: Batches, view: int, training: Training
) -> str:
    """Returns the hash of all that the features of one view of a split depend on.

    That is: the versions, the architecture, the cut and the dtype of what crosses it, the weights below, the
    split's inputs and encoded targets as the model gets them, and the augmentation with its seed and batch size.
    """
    augmented = batches.augment is not None
    facts = {
        "versions": environment.versions(),
        "model": to_dict(model.kerasft),
        "cut": [
            cut,
            sections.name(cut),
            {name: [spec.shape, spec.dtype] for name, spec in sections.specs(cut).items()},
        ],
        "weights": _digest([keras.ops.convert_to_numpy(w.value) for w in sections.weights_below(cut)]),
        "inputs": _digest(_arrays(batches.inputs)),
        "targets": [_digest(_arrays(batches.encoded(rows))) for rows in _pieces(batches.examples)],
        "batch_size": batches.batch_size,
        "augment": [training.augment, training.flip, batches.seed, view, *_own(batches)]
        if augmented
        else None,
        "cache_dtype": training.cache_dtype,
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _own(batches: Batches) -> list[str]:
    return [batches.token] if batches.token else []


def _arrays(values: Arrays) -> list[np.ndarray]:
    return [values[name] for name in sorted(values)] if isinstance(values, dict) else [values]


def _pieces(count: int) -> list[np.ndarray]:
    """Returns the row numbers of some pieces: encoded, targets may be larger than memory."""
    return [np.arange(start, min(start + _ROWS, count)) for start in range(0, count, _ROWS)]


def _digest(arrays: list[np.ndarray]) -> str:
    """Hashes arrays piece by piece; they may be larger than memory."""
    found = hashlib.sha256()
    for array in arrays:
        found.update(f"{array.dtype} {array.shape}".encode())
        for start in range(0, max(1, len(array) if array.ndim else 0), _ROWS):
            piece = array[start : start + _ROWS] if array.ndim else array
            found.update(np.ascontiguousarray(piece).tobytes())
    return found.hexdigest()
