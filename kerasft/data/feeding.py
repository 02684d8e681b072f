"""Batches for `fit`: TensorFlow trains on a `tf.data.Dataset`, every other backend on one of Keras' own."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import keras

from kerasft.contract.encoder import Arrays
from kerasft.data.batches import Batches

if TYPE_CHECKING:
    import tensorflow as tf


def feed(batches: Batches) -> tf.data.Dataset | Feed:
    """Returns what `fit` takes under the Keras backend in use; each pass over it is one epoch, as of `dataset`."""
    return batches.dataset() if keras.backend.backend() == "tensorflow" else Feed(batches)


class Feed(keras.utils.PyDataset):
    """The batches of one epoch after another, the next of which is made while the device works on this one.

    Keras' own workers would begin a pass before `begin_epoch` has said which epoch it is; here a batch that was made
    ahead is used only if it is of the epoch that is asked for.

    Args:
        batches: Made by `Batches`, in its order.
    """

    def __init__(self, batches: Batches):
        super().__init__(workers=1)
        self.batches = batches
        self._ahead = ThreadPoolExecutor(1)
        self._next: tuple[tuple[int, int], Future] | None = None

    def __len__(self) -> int:
        return self.batches.steps

    def __getitem__(self, step: int) -> tuple[Arrays, ...]:
        """Returns a batch of the current epoch; `step` counts from 0."""
        epoch = self.batches.epoch
        wanted, made = self._next or (None, None)
        batch = made.result() if made and wanted == (epoch, step) else self.batches.batch(epoch, step)
        following = (epoch, step + 1)
        self._next = None
        if step + 1 < len(self):
            self._next = following, self._ahead.submit(self.batches.batch, *following)
        return batch
