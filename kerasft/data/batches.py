"""A split as batches: order and augmentation depend on the seed and the epoch alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from kerasft.data.device import on_device

Inputs = np.ndarray | dict[str, np.ndarray]
Augment = Callable[[Any, np.ndarray, int], tuple[Any, np.ndarray]]
_VIEWS = 2**32 - 1  # keeps the seeds of views apart from those of epochs


class Batchable(Protocol):
    """What `Batches` takes: a `Split` of pictures or a `TokenSplit` of texts."""

    @property
    def inputs(self) -> Inputs:
        """What the model takes, one row per example: an array, or arrays by the names of the inputs."""

    @property
    def labels(self) -> np.ndarray:
        """int32 (n,), indexes into the class names."""

    def __len__(self) -> int: ...


class Batches:
    """One split as a `tf.data.Dataset` of (inputs, labels) or (inputs, labels, sample weights).

    Inputs of pictures are float32 (batch, image_size, image_size, 3) with values 0..255; those of texts a
    dictionary of int32 (batch, sequence_length). Labels are float32 one-hot rows (batch, classes), sample
    weights float32 (batch,). The last batch may be smaller.

    Call `begin_epoch` before each epoch: the same seed and epoch give the same bytes, in whatever order epochs are
    asked for, so that a resumed run sees what an uninterrupted one would have seen.

    Args:
        split: The pictures (`Split`) or the tokens of texts (`TokenSplit`); never changed.
        num_classes: Width of the one-hot labels.
        batch_size: Pictures or texts per batch.
        shuffle: Whether each epoch has its own order; without it, the order is the split's (trap 22).
        seed: Seed of order and augmentation.
        augment: A function of `kerasft.inputs.images.augment.make_augment` (pictures only), or None.
        class_weight: (classes,) factors for the loss (see `class_weights`), or None.
        compact: Whether pictures that are not augmented stay uint8, a quarter of the bytes that go to a GPU, or go
            there once for all, where they fit; the model casts them. Not for `dataset`.
    """

    def __init__(
        self,
        split: Batchable,
        num_classes: int,
        batch_size: int,
        *,
        shuffle: bool = False,
        seed: int = 0,
        augment: Augment | None = None,
        class_weight: np.ndarray | None = None,
        compact: bool = False,
    ):
        if batch_size < 1 or len(split) == 0:
            raise ValueError(
                f"needs pictures or texts and a batch size of 1 or more (got {len(split)}, {batch_size})"
            )
        self.split = split
        self.num_classes = num_classes
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.seed = seed
        self.augment = augment
        self.class_weight = None if class_weight is None else np.asarray(class_weight, np.float32)
        self.compact = compact
        self._order: tuple[int, np.ndarray] | None = None  # the last one that was asked for
        self._kept: Any = None  # the pictures, on a GPU that has room for them
        self.epoch = 0

    @property
    def steps(self) -> int:
        """Batches per epoch."""
        return -(-len(self.split) // self.batch_size)

    def begin_epoch(self, epoch: int) -> None:
        """Sets which epoch the next pass is."""
        self.epoch = epoch

    def order(self, epoch: int) -> np.ndarray:
        """Returns the rows of the split in the order of this epoch: int64 (n,)."""
        if not self.shuffle:
            return np.arange(len(self.split))
        if self._order is None or self._order[0] != epoch:
            self._order = epoch, np.random.default_rng((self.seed, epoch)).permutation(len(self.split))
        return self._order[1]

    def batch(self, epoch: int, step: int) -> tuple[Any, ...]:
        """Returns one batch as numpy arrays; `step` counts from 0."""
        rows = self.order(epoch)[step * self.batch_size : (step + 1) * self.batch_size]
        return self._batch(rows, epoch, step)

    def dataset(self) -> Any:
        """Returns the `tf.data.Dataset`; each pass over it is one epoch, that of `epoch`.

        Made without `from_generator`, whose first use tells the C library, for the whole process, to hand freed memory
        back at once: every large tensor of a step then comes as new pages, an eighth of all CPU time in training.
        """
        import tensorflow as tf

        signature: tuple[Any, ...] = (
            self._input_spec(tf),
            tf.TensorSpec((None, self.num_classes), tf.float32),
        )
        if self.class_weight is not None:
            signature += (tf.TensorSpec((None,), tf.float32),)
        specs = tf.nest.flatten(signature)

        def arrays(step: np.ndarray) -> list[np.ndarray]:
            return tf.nest.flatten(self.batch(self.epoch, int(step)))

        def tensors(step: Any) -> Any:
            flat = tf.numpy_function(arrays, [step], [spec.dtype for spec in specs])
            shaped = [tf.ensure_shape(one, spec.shape) for one, spec in zip(flat, specs, strict=True)]
            return tf.nest.pack_sequence_as(signature, shaped)

        return tf.data.Dataset.range(self.steps).map(tensors).prefetch(2)

    def feed(self) -> Any:
        """Returns what `fit` takes under the Keras backend in use; each pass over it is one epoch, as of `dataset`."""
        import keras

        if keras.backend.backend() == "tensorflow":
            return self.dataset()
        from kerasft.data.feeding import Feed

        return Feed(self)

    def view(self, view: int, step: int) -> tuple[Any, np.ndarray]:
        """Returns one batch in the split's own order, augmented by the number of the view alone.

        Args:
            view: Which of the augmented copies of the split, from 0.
            step: Which batch, from 0.

        Returns:
            Inputs as in a batch, and labels float32 (batch, classes), which MixUp and CutMix have mixed.
        """
        rows = np.arange(len(self.split))[step * self.batch_size : (step + 1) * self.batch_size]
        return self._augmented(rows, (_VIEWS, self.seed, view, step))

    def _input_spec(self, tf: Any) -> Any:
        inputs: Any = self.split.inputs
        if isinstance(inputs, dict):
            return {name: tf.TensorSpec((None, *array.shape[1:]), tf.int32) for name, array in inputs.items()}
        return tf.TensorSpec((None, *inputs.shape[1:]), tf.float32)

    def _batch(self, rows: np.ndarray, epoch: int, step: int) -> tuple[Any, ...]:
        parts: tuple[Any, ...] = self._examples(rows, epoch, step)
        if self.class_weight is not None:
            # Of mixed labels (MixUp, CutMix), the mean of the weights of their classes.
            parts += (parts[1] @ self.class_weight,)
        return parts

    def _examples(self, rows: np.ndarray, epoch: int, step: int) -> tuple[Any, np.ndarray]:
        """Returns the inputs and labels of some rows."""
        return self._augmented(rows, (self.seed, epoch, step))

    def _take(self, rows: np.ndarray) -> Any:
        """Copies some rows of the inputs; those of a dictionary become int32."""
        inputs = self.split.inputs
        if isinstance(inputs, dict):
            return {name: np.asarray(array[rows], np.int32) for name, array in inputs.items()}
        if self.compact and self.augment is None:
            if self._kept is None:
                self._kept = on_device({"inputs": inputs})["inputs"]
            return self._kept[rows]
        return inputs[rows]

    def _augmented(self, rows: np.ndarray, seeds: tuple[int, ...]) -> tuple[Any, np.ndarray]:
        """Returns the inputs and labels of some rows, augmented with a seed made of `seeds`."""
        inputs: Any = self._take(rows)
        labels = np.eye(self.num_classes, dtype=np.float32)[self.split.labels[rows]]
        if self.augment is not None:
            seed = int(np.random.SeedSequence(seeds).generate_state(1)[0] >> 1)
            inputs, labels = self.augment(inputs, labels, seed)
        if not isinstance(inputs, dict) and not (self.compact and self.augment is None):
            inputs = np.asarray(inputs, np.float32)
        return inputs, np.asarray(labels, np.float32)


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
