"""A split as batches: order and augmentation depend on the seed and the epoch alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from kerasft.data.split import Split

Augment = Callable[[np.ndarray, np.ndarray, int], tuple[np.ndarray, np.ndarray]]


class Batches:
    """One split as a `tf.data.Dataset` of (images, labels) or (images, labels, sample weights).

    Images are float32 (batch, image_size, image_size, 3) with values 0..255, labels float32 one-hot rows
    (batch, classes), sample weights float32 (batch,). The last batch may be smaller.

    Set `epoch` before each epoch: the same seed and epoch give the same bytes, in whatever order epochs are
    asked for, so that a resumed run sees what an uninterrupted one would have seen.

    Args:
        split: The pictures; never changed.
        num_classes: Width of the one-hot labels.
        batch_size: Pictures per batch.
        shuffle: Whether each epoch has its own order; without it, the order is the split's (trap 22).
        seed: Seed of order and augmentation.
        augment: A function of `kerasft.augment.make_augment`, or None.
        class_weight: (classes,) factors for the loss (see `class_weights`), or None.
    """

    def __init__(
        self,
        split: Split,
        num_classes: int,
        batch_size: int,
        *,
        shuffle: bool = False,
        seed: int = 0,
        augment: Augment | None = None,
        class_weight: np.ndarray | None = None,
    ):
        if batch_size < 1 or len(split) == 0:
            raise ValueError(f"needs pictures and a batch size of 1 or more (got {len(split)}, {batch_size})")
        self.split = split
        self.num_classes = num_classes
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.seed = seed
        self.augment = augment
        self.class_weight = None if class_weight is None else np.asarray(class_weight, np.float32)
        self.epoch = 0

    @property
    def steps(self) -> int:
        """Batches per epoch."""
        return -(-len(self.split) // self.batch_size)

    def order(self, epoch: int) -> np.ndarray:
        """Returns the rows of the split in the order of this epoch: int64 (n,)."""
        if not self.shuffle:
            return np.arange(len(self.split))
        return np.random.default_rng((self.seed, epoch)).permutation(len(self.split))

    def batch(self, epoch: int, step: int) -> tuple[np.ndarray, ...]:
        """Returns one batch as numpy arrays; `step` counts from 0."""
        rows = self.order(epoch)[step * self.batch_size : (step + 1) * self.batch_size]
        return self._batch(rows, epoch, step)

    def dataset(self) -> Any:
        """Returns the `tf.data.Dataset`; each pass over it is one epoch, that of `epoch` at its start."""
        import tensorflow as tf

        size = self.split.images.shape[1:]
        signature = [
            tf.TensorSpec((None, *size), tf.float32),
            tf.TensorSpec((None, self.num_classes), tf.float32),
        ]
        if self.class_weight is not None:
            signature.append(tf.TensorSpec((None,), tf.float32))
        dataset = tf.data.Dataset.from_generator(self._epoch, output_signature=tuple(signature))
        # The length lets Keras show how far an epoch is.
        return dataset.apply(tf.data.experimental.assert_cardinality(self.steps)).prefetch(2)

    def _epoch(self) -> Iterator[tuple[np.ndarray, ...]]:
        epoch, order = self.epoch, self.order(self.epoch)
        for step in range(self.steps):
            yield self._batch(order[step * self.batch_size : (step + 1) * self.batch_size], epoch, step)

    def _batch(self, rows: np.ndarray, epoch: int, step: int) -> tuple[np.ndarray, ...]:
        images = self.split.images[rows]
        true = self.split.labels[rows]
        labels = np.eye(self.num_classes, dtype=np.float32)[true]
        if self.augment is not None:
            seed = int(np.random.SeedSequence((self.seed, epoch, step)).generate_state(1)[0] >> 1)
            images, labels = self.augment(images, labels, seed)
        parts: tuple[np.ndarray, ...] = (np.asarray(images, np.float32), np.asarray(labels, np.float32))
        if self.class_weight is not None:
            # Of mixed labels (MixUp, CutMix), the mean of the weights of their classes.
            parts += (parts[1] @ self.class_weight,)
        return parts


def class_weights(labels: np.ndarray, num_classes: int) -> np.ndarray:
    """Returns the factors that make classes count alike: n / (classes * count), float32 (classes,).

    The same as scikit-learn's `compute_class_weight("balanced", ...)`; a class without pictures gets 0.

    Args:
        labels: (n,) class indexes.
        num_classes: Number of classes.
    """
    counts = np.bincount(labels, minlength=num_classes)
    weights = len(labels) / (num_classes * np.maximum(counts, 1))
    return np.where(counts > 0, weights, 0).astype(np.float32)
