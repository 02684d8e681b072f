"""Batches of features instead of inputs: the same rows in the same order, with the same labels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kerasft.data.batches import Batches
from kerasft.data.device import on_device
from kerasft.networks.specs import LABELS, Spec

Rows = dict[str, Any]


class CachedBatches(Batches):
    """The batches that a tail trains on.

    Args:
        source: The batches of the whole model: split, order, batch size and class weights are theirs.
        specs: The tensors that cross the cut, by name.
        views: How many augmented views of the split take turns; 1 without augmentation.
        rows_of: Returns the features of a view by name, and computes them if need be.
    """

    def __init__(self, source: Batches, specs: dict[str, Spec], views: int, rows_of: Callable[[int], Rows]):
        super().__init__(
            source.split,
            source.num_classes,
            source.batch_size,
            shuffle=source.shuffle,
            seed=source.seed,
            class_weight=source.class_weight,
        )
        self.views, self._specs, self._rows_of = views, specs, rows_of
        self._view: tuple[int, Rows] | None = None

    def begin_epoch(self, epoch: int) -> None:
        """Sets the epoch, and computes its view if no epoch before has."""
        super().begin_epoch(epoch)
        self._rows(epoch)

    def _rows(self, epoch: int) -> Rows:
        view = epoch % self.views
        if self._view is None or self._view[0] != view:
            self._view = None  # its room on a GPU is given back first
            self._view = view, on_device(self._rows_of(view))
        return self._view[1]

    def _input_spec(self, tf: Any) -> Any:
        return {
            name: tf.TensorSpec((None, *spec.shape), tf.as_dtype(spec.dtype))
            for name, spec in self._specs.items()
        }

    def _examples(self, rows: np.ndarray, epoch: int, step: int) -> tuple[Any, np.ndarray]:
        arrays = self._rows(epoch)
        if LABELS in arrays:
            labels = arrays[LABELS][rows]
        else:
            labels = np.eye(self.num_classes, dtype=np.float32)[self.split.labels[rows]]
        return {name: arrays[name][rows] for name in self._specs}, labels
