"""A split as batches: order and augmentation depend on the seed and the epoch alone."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Generic, TypeAlias

import numpy as np

from kerasft.contract.encoder import Arrays
from kerasft.contract.learning import Draw, Weigh
from kerasft.contract.splits import TargetColumn
from kerasft.data.device import Rows, on_device

if TYPE_CHECKING:
    import tensorflow as tf


Augment = Callable[..., tuple[Arrays, Arrays]]
Signature: TypeAlias = "tf.TensorSpec | dict[str, tf.TensorSpec]"
_VIEWS = 2**32 - 1  # keeps the seeds of views apart from those of epochs


class Batches(Generic[TargetColumn]):
    """One split as a `tf.data.Dataset` of (inputs, targets) or (inputs, targets, sample weights).

    An array of inputs becomes float32 (batch, ...), as images (batch, image_size, image_size, 3) with values 0..255; a
    dictionary becomes int32 (batch, ...), as tokens (batch, sequence_length). Targets are what `encode` makes of them,
    sample weights float32 (batch,). The last batch may be smaller.

    Call `begin_epoch` before each epoch: the same seed and epoch give the same bytes, in whatever order epochs are
    asked for, so that a resumed run sees what an uninterrupted one would have seen.

    Args:
        inputs: (n, ...), an array or arrays by the names of the model's inputs; never changed.
        targets: (n,) the answers, as their kind of target has them.
        encode: From some rows of `targets` to what the loss takes: float32 (batch, ...), or such arrays by the names of
            the model's outputs. Each row by itself.
        batch_size: Examples per batch.
        shuffle: Whether each epoch has its own order; without it, the order is the split's (trap 22).
        seed: Seed of order and augmentation.
        augment: A function of inputs, encoded targets and a seed that returns both, changed; or None.
        weigh: From encoded targets, also of mixed examples, to their weights in the loss: float32 (batch,); or None.
        compact: Whether an array that is not augmented keeps its type: images stay uint8, a quarter of the bytes that
            go to a GPU, or go there once for all, where they fit; the model casts them. Not for `dataset`.
        draw: Of a shuffled split, which rows an epoch has, in their order, some of them several times; None: all once.

    Raises:
        ValueError: There are no examples, or inputs and targets don't fit each other.
    """

    def __init__(
        self,
        inputs: Arrays,
        targets: TargetColumn,
        encode: Callable[[TargetColumn], Arrays],
        batch_size: int,
        *,
        shuffle: bool = False,
        seed: int = 0,
        augment: Augment | None = None,
        weigh: Weigh | None = None,
        compact: bool = False,
        draw: Draw | None = None,
    ):
        if batch_size < 1 or len(targets) == 0:
            raise ValueError(
                f"needs examples and a batch size of 1 or more (got {len(targets)}, {batch_size})"
            )
        for name, array in inputs.items() if isinstance(inputs, dict) else ():
            if len(array) != len(targets) or array.dtype.kind not in "iub":
                given = f"{array.dtype} {array.shape}"
                raise ValueError(f"{name} must be ({len(targets)}, ...) whole numbers (got {given})")
        self.inputs, self.targets, self.encode = inputs, targets, encode
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.seed = seed
        self.augment = augment
        self.weigh = weigh
        self.compact = compact
        self.draw = draw
        self.row_weights: np.ndarray | None = None  # of the caller's own, float32 (n,)
        self.token = ""  # of an augmentation of the caller's own, which no run folder can describe
        self._order: tuple[int, np.ndarray] | None = None  # the last one that was asked for
        self._kept: Rows | None = None  # the inputs, on a GPU that has room for them
        self.epoch = 0

    @property
    def examples(self) -> int:
        """Examples per epoch."""
        return len(self.targets)

    @property
    def steps(self) -> int:
        """Batches per epoch."""
        return -(-self.examples // self.batch_size)

    def begin_epoch(self, epoch: int) -> None:
        """Sets which epoch the next pass is."""
        self.epoch = epoch

    def order(self, epoch: int) -> np.ndarray:
        """Returns the rows of the split in the order of this epoch: int64 (n,)."""
        if not self.shuffle:
            return np.arange(self.examples)
        if self._order is None or self._order[0] != epoch:
            rng = np.random.default_rng((self.seed, epoch))
            self._order = epoch, rng.permutation(self.examples) if self.draw is None else self.draw(rng)
        return self._order[1]

    def batch(self, epoch: int, step: int) -> tuple[Arrays, ...]:
        """Returns one batch as numpy arrays; `step` counts from 0."""
        rows = self.order(epoch)[step * self.batch_size : (step + 1) * self.batch_size]
        inputs, targets = self._examples(rows, epoch, step)
        return (inputs, targets, self._weights(rows, targets)) if self.weighted else (inputs, targets)

    @property
    def weighted(self) -> bool:
        """Whether batches have sample weights."""
        return self.weigh is not None or self.row_weights is not None

    def _weights(self, rows: np.ndarray, targets: Arrays) -> np.ndarray:
        found = np.ones(len(rows), np.float32) if self.weigh is None else self.weigh(targets)
        return found if self.row_weights is None else found * self.row_weights[rows]

    def encoded(self, rows: np.ndarray) -> Arrays:
        """Returns the targets of some rows, int (batch,), encoded."""
        return self.encode(self.targets[rows])

    def dataset(self) -> tf.data.Dataset:
        """Returns the `tf.data.Dataset`; each pass over it is one epoch, that of `epoch`.

        Made without `from_generator`, whose first use tells the C library, for the whole process, to hand freed memory
        back at once: every large tensor of a step then comes as new pages, an eighth of all CPU time in training.

        And without autotuning, which has nothing to choose here: its thread waits by the system's clock, and when that
        is set back by an hour, the end of an epoch may wait for an hour.
        """
        import tensorflow as tf

        def spec(array: np.ndarray) -> tf.TensorSpec:
            return tf.TensorSpec((None, *array.shape[1:]), array.dtype)

        targets = tf.nest.map_structure(spec, self.encoded(np.arange(1)))
        signature: tuple[Signature, ...] = (self._input_spec(tf), targets)
        if self.weighted:
            signature += (tf.TensorSpec((None,), tf.float32),)
        specs = tf.nest.flatten(signature)

        def arrays(step: np.ndarray) -> list[np.ndarray]:
            return tf.nest.flatten(self.batch(self.epoch, int(step)))

        def tensors(step: tf.Tensor) -> tuple[tf.Tensor, ...]:
            flat = tf.numpy_function(arrays, [step], [spec.dtype for spec in specs])
            shaped = [tf.ensure_shape(one, spec.shape) for one, spec in zip(flat, specs, strict=True)]
            return tf.nest.pack_sequence_as(signature, shaped)

        return (
            tf.data.Dataset.range(self.steps).map(tensors).prefetch(2).with_options(_without_autotuning(tf))
        )

    def view(self, view: int, step: int) -> tuple[Arrays, Arrays]:
        """Returns one batch in the split's own order, augmented by the number of the view alone.

        Args:
            view: Which of the augmented copies of the split, from 0.
            step: Which batch, from 0.

        Returns:
            Inputs as in a batch, and encoded targets, which the augmentation may have mixed.
        """
        rows = np.arange(self.examples)[step * self.batch_size : (step + 1) * self.batch_size]
        return self._augmented(rows, (_VIEWS, self.seed, view, step))

    def _input_spec(self, tf: ModuleType) -> Signature:
        if isinstance(self.inputs, dict):
            return {
                name: tf.TensorSpec((None, *array.shape[1:]), tf.int32) for name, array in self.inputs.items()
            }
        return tf.TensorSpec((None, *self.inputs.shape[1:]), tf.float32)

    def _examples(self, rows: np.ndarray, epoch: int, step: int) -> tuple[Arrays, Arrays]:
        """Returns the inputs and encoded targets of some rows."""
        return self._augmented(rows, (self.seed, epoch, step))

    def _take(self, rows: np.ndarray) -> Arrays:
        """Copies some rows of the inputs; those of a dictionary become int32."""
        if isinstance(self.inputs, dict):
            return {name: np.asarray(array[rows], np.int32) for name, array in self.inputs.items()}
        if self.compact and self.augment is None:
            if self._kept is None:
                self._kept = on_device({"inputs": self.inputs})["inputs"]
            return self._kept[rows]
        return self.inputs[rows]

    def _augmented(self, rows: np.ndarray, seeds: tuple[int, ...]) -> tuple[Arrays, Arrays]:
        """Returns the inputs and encoded targets of some rows, augmented with a seed made of `seeds`."""
        inputs, targets = self._take(rows), self.encoded(rows)
        if self.augment is not None:
            seed = int(np.random.SeedSequence(seeds).generate_state(1)[0] >> 1)
            inputs, targets = self.augment(inputs, targets, seed)
        if not isinstance(inputs, dict) and not (self.compact and self.augment is None):
            inputs = np.asarray(inputs, np.float32)
        return inputs, targets


def _without_autotuning(tf: ModuleType) -> tf.data.Options:
    options = tf.data.Options()
    options.autotune.enabled = False
    return options
