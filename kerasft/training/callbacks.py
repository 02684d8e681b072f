"""What happens around the epochs of a phase: order, history, best weights, early stop, progress."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import keras
import numpy as np

from kerasft.base.counter import Counted
from kerasft.base.environment import has_gpu
from kerasft.base.errors import KerasftError
from kerasft.contract.objective import Objective, Score
from kerasft.data.batches import Batches
from kerasft.networks.values import assign, values_of
from kerasft.training import freezing
from kerasft.training.history import Epoch
from kerasft.training.optimizers import current_learning_rate

GPU_STEPS = 50
LEAST_SCALE = 1.0


class SetEpoch(keras.callbacks.Callback):
    """Tells the batches which epoch it is: order, augmentation and views depend on nothing else.

    Args:
        batches: The training split and the validation split.
        first: The run's epochs before this phase.
    """

    def __init__(self, batches: Sequence[Batches], first: int):
        super().__init__()
        self.batches, self.first = batches, first

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Sets the epoch of the whole run."""
        for each in self.batches:
            each.begin_epoch(self.first + epoch)


class Within(keras.callbacks.Callback):
    """Shows how far an epoch is, where it takes a while.

    Args:
        counted: Begins to count the batches of an epoch, by its number from 1: see `kerasft.base.counter.counter`.
        steps: Batches per epoch.
    """

    async_safe = True  # it looks at no logs, for which a GPU would have to wait

    def __init__(self, counted: Callable[[int], AbstractContextManager[Counted]], steps: int):
        super().__init__()
        self.counted, self.steps = counted, steps
        self.count = ExitStack()
        self.tell: Counted | None = None

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Begins to count."""
        self.tell = self.count.enter_context(self.counted(epoch + 1))

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Counts a batch, or the several of one call."""
        if self.tell is not None:
            self.tell(min(batch + 1, self.steps), self.steps)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Ends the count."""
        self.count.close()
        self.tell = None


class Recorder(keras.callbacks.Callback):
    """Makes a row of history from each epoch and hands it on.

    Args:
        phase: The phase's name.
        objective: Says which metrics are kept.
        on_row: Called with each row, in order.
    """

    def __init__(self, phase: str, objective: Objective, on_row: Callable[[Epoch], None]):
        super().__init__()
        self.phase, self.objective, self.on_row = phase, objective, on_row
        self.started = 0.0

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Starts the clock."""
        self.started = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Records the epoch."""
        assert logs is not None and self.model is not None
        self.on_row(
            Epoch(
                phase=self.phase,
                epoch=epoch + 1,
                learning_rate=current_learning_rate(self.model.optimizer),
                seconds=time.perf_counter() - self.started,
                loss=float(logs["loss"]),
                val_loss=float(logs["val_loss"]),
                metrics=self.objective.recorded(logs),
            )
        )


class StopAtNonFinite(keras.callbacks.Callback):
    """Ends the run when the loss is no longer a number: nothing that follows would mean anything.

    A GPU would have to wait at every step for the host to look, so there the loss is looked at every `GPU_STEPS`, and
    off the training thread (Keras fetches the logs of every step for a callback that is not `async_safe`).

    Args:
        phase: The phase's name.
        steps: Batches per epoch.
        folder: The run folder.
        steps_per_call: Batches after each of which the loss can't be looked at, since one call trains on all of them.
    """

    def __init__(self, phase: str, steps: int, folder: Path, steps_per_call: int = 1):
        super().__init__()
        self.phase, self.steps, self.folder = phase, steps, folder
        self.async_safe = has_gpu()
        self.every = GPU_STEPS if self.async_safe else steps_per_call
        self.epoch = 0

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Remembers the epoch."""
        self.epoch = epoch

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Looks at the mean loss of the epoch so far.

        Raises:
            KerasftError: It is not finite; says where, why that may be, and what is left.
        """
        assert logs is not None
        batches = min(batch + 1, self.steps)  # Keras counts the last call as full
        if batches % self.every and batches < self.steps:
            return
        loss = float(logs["loss"])
        if not math.isfinite(loss):
            before = min(self.every, batches) - 1
            since = f" (or up to {before} before)" if before else ""
            raise KerasftError(
                f"the loss became {loss} in epoch {self.epoch + 1} of phase {self.phase!r}, batch {batches} of "
                f"{self.steps}{since}. Most often the learning rate is too high (--head-learning-rate, "
                "--tune-learning-rate); else the precision is too low (--precision float32), or the weights given "
                f"with --weights are broken. The best weights of the epochs before are kept in {self.folder}"
            )

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Looks at the loss scale, where there is one.

        Raises:
            KerasftError: float16 can't hold the gradients: the scale that keeps them from overflow has collapsed.
        """
        scale = getattr(self.model.optimizer, "dynamic_scale", None)
        if scale is not None and float(keras.ops.convert_to_numpy(scale)) < LEAST_SCALE:
            raise KerasftError(
                f"the loss scale of mixed_float16 fell below {LEAST_SCALE:g} in epoch {epoch + 1} of phase "
                f"{self.phase!r}: gradients overflow; use --precision mixed_bfloat16 or float32"
            )


class Checkpoint(keras.callbacks.Callback):
    """Keeps the state of the run at the end of each epoch; the last of the callbacks.

    Args:
        keep: Called with the number of epochs done in the phase, and whether the phase stops early.
    """

    def __init__(self, keep: Callable[[int, bool], None]):
        super().__init__()
        self.keep = keep

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Keeps the state."""
        self.keep(epoch + 1, bool(self.model.stop_training))


class KeepBest(keras.callbacks.Callback):
    """Keeps a phase's best weights in memory, and ends the phase when it has stopped getting better.

    What is better, the objective says; a result that is not finite never is.

    Args:
        patience: Epochs without a better result after which the phase ends.
        whole: The model whose weights are kept: those that change, the others stay as they are. What is fitted may be
            the part of it above the feature cache.
        objective: Ranks the epochs.
    """

    def __init__(self, patience: int, whole: keras.Model, objective: Objective):
        super().__init__()
        self.patience, self.whole, self.objective = patience, whole, objective
        self.score: Score | None = None
        self.epoch = 0
        self.values: list[np.ndarray] = []

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Keeps the weights if they are better, else counts towards the early stop."""
        assert logs is not None and self.model is not None
        score = self.objective.score(logs)
        better = self.score is None or self.objective.beats(score, self.score)
        if better and all(map(math.isfinite, score)):
            self.score, self.epoch = score, epoch + 1
            self.values = values_of(freezing.changing_weights(self.whole))
        elif epoch + 1 - self.epoch >= self.patience:
            self.model.stop_training = True

    def put_back(self) -> None:
        """Gives the model its best weights."""
        assign(freezing.changing_weights(self.whole), self.values)
