"""Batches of features instead of inputs: the same rows in the same order, with the same targets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType

import numpy as np

from kerasft.base.specs import Spec
from kerasft.contract.encoder import Arrays
from kerasft.data.batches import Batches, Signature
from kerasft.data.device import Rows, on_device

Features = Mapping[str, Rows]
TARGETS = "targets"  # of an augmented view, whose targets may be mixed


class CachedBatches(Batches):
    """The batches that a tail trains on.

    Args:
        source: The batches of the whole model: targets, order, batch size and weights are theirs.
        specs: The tensors that cross the cut, by name.
        views: How many augmented views of the split take turns; 1 without augmentation.
        rows_of: Returns the features of a view by name, and computes them if need be.
    """

    def __init__(
        self, source: Batches, specs: dict[str, Spec], views: int, rows_of: Callable[[int], Features]
    ):
        super().__init__(
            source.inputs,
            source.targets,
            source.encode,
            source.batch_size,
            shuffle=source.shuffle,
            seed=source.seed,
            weigh=source.weigh,
            draw=source.draw,
        )
        self.row_weights = source.row_weights
        self.views, self._specs, self._rows_of = views, specs, rows_of
        self._view: tuple[int, Features] | None = None

    def begin_epoch(self, epoch: int) -> None:
        """Sets the epoch, and computes its view if no epoch before has."""
        super().begin_epoch(epoch)
        self._rows(epoch)

    def _rows(self, epoch: int) -> Features:
        view = epoch % self.views
        if self._view is None or self._view[0] != view:
            self._view = None  # its room on a GPU is given back first
            self._view = view, on_device(self._rows_of(view))
        return self._view[1]

    def _input_spec(self, tf: ModuleType) -> Signature:
        return {
            name: tf.TensorSpec((None, *spec.shape), tf.as_dtype(spec.dtype))
            for name, spec in self._specs.items()
        }

    def _examples(self, rows: np.ndarray, epoch: int, step: int) -> tuple[Arrays, Arrays]:
        arrays = self._rows(epoch)
        targets = {name: array[rows] for name, array in arrays.items() if name not in self._specs}
        return {name: arrays[name][rows] for name in self._specs}, nested(targets)


def by_name(targets: Arrays) -> dict[str, np.ndarray]:
    """Returns encoded targets by the names under which they are kept beside the features."""
    if isinstance(targets, dict):
        return {f"{TARGETS}.{name}": array for name, array in targets.items()}
    return {TARGETS: targets}


def nested(arrays: dict[str, np.ndarray]) -> Arrays:
    """Returns what `by_name` had taken: an array, or arrays by name."""
    if TARGETS in arrays:
        return arrays[TARGETS]
    return {name.removeprefix(f"{TARGETS}."): array for name, array in arrays.items()}


def target_specs(batches: Batches) -> dict[str, Spec]:
    """Returns shape and type of one example's targets, by the names of `by_name`."""
    one = by_name(batches.encoded(np.arange(1)))
    return {name: Spec(array.shape[1:], array.dtype.name) for name, array in one.items()}
