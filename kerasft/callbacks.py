"""What happens around the epochs of a phase: order, history, best weights, early stop, progress."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path

import keras

from kerasft import files
from kerasft.data.pipeline import Batches
from kerasft.errors import KerasftError
from kerasft.history import Epoch
from kerasft.model import save_weights
from kerasft.optimizers import current_learning_rate

LEAST_GAIN = 1e-4  # in nats


class SetEpoch(keras.callbacks.Callback):
    """Tells the training batches which epoch it is: order and augmentation depend on nothing else.

    Args:
        batches: The training split.
        first: The run's epochs before this phase.
    """

    def __init__(self, batches: Batches, first: int):
        super().__init__()
        self.batches, self.first = batches, first

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Sets the epoch of the whole run."""
        self.batches.epoch = self.first + epoch


class Recorder(keras.callbacks.Callback):
    """Makes a row of history from each epoch and hands it on.

    Args:
        phase: The phase's name.
        on_row: Called with each row, in order.
    """

    def __init__(self, phase: str, on_row: Callable[[Epoch], None]):
        super().__init__()
        self.phase, self.on_row = phase, on_row
        self.started = 0.0

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Starts the clock."""
        self.started = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Records the epoch.

        Raises:
            KerasftError: The training loss is not finite: nothing that follows would mean anything.
        """
        assert logs is not None and self.model is not None
        names = ("loss", "accuracy", "val_loss", "val_accuracy", "val_log_loss")
        if not math.isfinite(logs["loss"]):
            raise KerasftError(
                f"the loss became {logs['loss']} in epoch {epoch + 1} of phase {self.phase!r}; "
                "lower the learning rate (--head-learning-rate, --tune-learning-rate), or use "
                "--precision float32; the best weights so far are kept in the run folder"
            )
        self.on_row(
            Epoch(
                phase=self.phase,
                epoch=epoch + 1,
                learning_rate=current_learning_rate(self.model.optimizer),
                seconds=time.perf_counter() - self.started,
                **{name: float(logs[name]) for name in names},
            )
        )


class KeepBest(keras.callbacks.Callback):
    """Keeps a phase's best weights on disk, and ends the phase when it has stopped getting better.

    Better is a higher validation accuracy and, where it is equal, a validation log loss that is lower by at
    least `LEAST_GAIN`: on a small validation split many epochs have the same accuracy, and a model that has
    stopped learning still gains in the seventh digit. A result that is not finite is never better.

    Args:
        path: Where the weights go; replaced whole or not at all.
        patience: Epochs without a better result after which the phase ends.
    """

    def __init__(self, path: Path, patience: int):
        super().__init__()
        self.path, self.patience = path, patience
        self.score: tuple[float, float] | None = None
        self.epoch = 0

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Saves the weights if they are better, else counts towards the early stop."""
        assert logs is not None and self.model is not None
        score = (float(logs["val_accuracy"]), -float(logs["val_log_loss"]))
        if all(map(math.isfinite, score)) and self._better(score):
            self.score, self.epoch = score, epoch + 1
            with files.atomic_path(self.path) as temporary:
                save_weights(self.model, temporary)
        elif epoch + 1 - self.epoch >= self.patience:
            self.model.stop_training = True

    def _better(self, score: tuple[float, float]) -> bool:
        if self.score is None:
            return True
        (accuracy, negative_loss), (best_accuracy, best_negative_loss) = score, self.score
        equal = accuracy == best_accuracy
        return accuracy > best_accuracy or (equal and negative_loss >= best_negative_loss + LEAST_GAIN)
