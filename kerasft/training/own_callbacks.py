"""Callbacks of the caller's own: they see the whole model and the epochs of the whole run, and can't lose it."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import keras

from kerasft.base.errors import Problem, first_line
from kerasft.contract.plan import Phase

Given: TypeAlias = keras.callbacks.Callback | Callable[[Phase], keras.callbacks.Callback]
_HOOKS_OF_BATCHES = ("on_batch_begin", "on_batch_end", "on_train_batch_begin", "on_train_batch_end")


def callback_problems(given: Sequence[Given]) -> list[Problem]:
    """Returns what among them is no callback."""
    hint = "give keras.callbacks.Callback objects, or functions of a phase that return one"
    return [
        Problem("callbacks holds something else", repr(each)[:80], hint)
        for each in given
        if not isinstance(each, keras.callbacks.Callback) and (isinstance(each, type) or not callable(each))
    ]


def names_of(given: Sequence[Given]) -> list[str]:
    """Returns what they are called, for a person."""
    kinds = [each if not isinstance(each, keras.callbacks.Callback) else type(each) for each in given]
    return [getattr(kind, "__name__", type(kind).__name__) for kind in kinds]


def missing_notes(before: object, given: Sequence[Given]) -> list[str]:
    """Returns that a run had callbacks which nobody has given again; `before` is what config.json says of them."""
    if given or not isinstance(before, list) or not before:
        return []
    names = ", ".join(map(str, before))
    return [f"it had callbacks ({names}), which kerasft.resume(callbacks=...) takes again; going on without"]


class Guest(keras.callbacks.Callback):
    """Calls a callback of the caller's own. Where that fails, it is told and left out, and the training goes on.

    Args:
        own: The callback. Its `model` is the whole one, also where only the part above the feature cache is fitted; it
            is not compiled, but has the optimizer. It may set `model.stop_training`.
        whole: The whole model.
        before: The run's epochs before this phase: the callback counts on through the phases.
        tell: Called with a sentence where it fails.
    """

    def __init__(
        self,
        own: keras.callbacks.Callback,
        whole: keras.Model,
        before: int,
        tell: Callable[[str], None],
    ):
        super().__init__()
        self.own, self.whole, self.before, self.tell = own, whole, before, tell
        self.failed = False
        base = keras.callbacks.Callback
        quiet = all(getattr(type(own), hook) is getattr(base, hook) for hook in _HOOKS_OF_BATCHES)
        self.async_safe = quiet or getattr(own, "async_safe", False)

    def set_params(self, params: dict) -> None:
        """Tells it how many epochs there will have been."""
        self.params = {**params, "epochs": params.get("epochs", 0) + self.before}
        self._call("set_params", self.params)

    def set_model(self, model: keras.Model) -> None:
        """Shows it the whole model."""
        super().set_model(model)
        self.whole.stop_training = False
        self._call("set_model", self.whole)

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Passes it on, as the others below."""
        self._call("on_train_begin", logs)

    def on_train_end(self, logs: dict | None = None) -> None:
        """Passes it on."""
        self._call("on_train_end", logs)

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Passes on the epoch of the run, from 0."""
        self._call("on_epoch_begin", self.before + epoch, logs)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Passes on the epoch of the run, from 0, and all metrics."""
        self._call("on_epoch_end", self.before + epoch, logs)

    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        """Passes it on."""
        self._call("on_train_batch_begin", batch, logs)

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Passes it on. On kept features, a call of the graph may make several batches."""
        self._call("on_train_batch_end", batch, logs)

    def on_test_begin(self, logs: dict | None = None) -> None:
        """Passes it on: the validation split."""
        self._call("on_test_begin", logs)

    def on_test_end(self, logs: dict | None = None) -> None:
        """Passes it on."""
        self._call("on_test_end", logs)

    def _call(self, hook: str, *given: object) -> None:
        if self.failed:
            return
        try:
            getattr(self.own, hook)(*given)
        except Exception as error:
            self.failed = True
            place = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{Path(place.filename).name}, line {place.lineno}"
            name = type(self.own).__name__
            self.tell(f"the callback {name} failed in {hook} and is left out: {first_line(error)} ({where})")
        if getattr(self.whole, "stop_training", False):
            self.model.stop_training = True


def made(
    given: Sequence[Given], phase: Phase, whole: keras.Model, before: int, tell: Callable[[str], None]
) -> list[keras.callbacks.Callback]:
    """Returns the callbacks of a phase, guarded; see `Guest`."""
    found: list[keras.callbacks.Callback] = []
    for each in given:
        own = each if isinstance(each, keras.callbacks.Callback) else each(phase)
        found.append(Guest(own, whole, before, tell))
    return found


@contextmanager
def optimizer_shown(whole: keras.Model, fitted: keras.Model) -> Iterator[None]:
    """Lets the whole model have the optimizer of the part that is fitted, as callbacks expect."""
    if whole is fitted:
        yield
        return
    before = getattr(whole, "optimizer", None)
    whole.optimizer = fitted.optimizer
    try:
        yield
    finally:
        whole.optimizer = before
