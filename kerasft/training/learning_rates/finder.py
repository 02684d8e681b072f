"""The learning-rate finder for a model that is not in training yet."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import keras

from kerasft.base import environment
from kerasft.base.counter import counter
from kerasft.contract.plan import Phase, Training
from kerasft.contract.registry import task_of
from kerasft.contract.splits import Splits
from kerasft.training import freezing
from kerasft.training.feature_cache import FeatureCache, choose_features
from kerasft.training.learning_rates.results import LearningRates
from kerasft.training.learning_rates.sweep import sweep_phase
from kerasft.training.plan import check_plan


def find_learning_rate(
    model: keras.Model,
    splits: Splits,
    phase: Phase,
    training: Training | None = None,
    *,
    run_dir: str | Path | None = None,
    verbose: bool = True,
) -> LearningRates:
    """Looks for the learning rate of one phase: 120 steps of training, each at a higher rate than the one before.

    What is frozen in the phase is computed once (see `Training.feature_cache`), so that the sweep itself takes
    seconds. A phase that follows another is to be swept with the weights that the other leaves.

    Args:
        model: From `build_model`. Weights, random states and flags are the same afterwards, bit for bit.
        splits: From `read_images` or `read_texts`; only the training split is looked at.
        phase: Its learning rate, if it is a number, is suggested where the curve says nothing; with "auto", the
            default of the task's recipe is.
        training: As for `fine_tune`; default: `Training()`.
        run_dir: A folder on the disk that kept features may go to; default: a temporary one.
        verbose: Whether to show progress on stderr.

    Raises:
        InputError: Something in the plan can't work; all problems are listed.
    """
    training = training or Training()
    check_plan(model, splits, (phase,), training)
    environment.make_deterministic()
    train, validation = task_of(model.kerasft.task).make_batches(model, splits, training)
    with _same_flags(model), tempfile.TemporaryDirectory(dir=run_dir, ignore_cleanup_errors=True) as folder:
        choices = choose_features(model, (phase,), train, validation, training, Path(folder))
        progress = partial(counter, enabled=verbose)
        cache = FeatureCache(model, choices, train, validation, training, Path(folder), progress)
        try:
            freezing.set_trainable(model, phase.unfreeze)
            with freezing.silenced(model):
                fitted, batches, _ = cache.open(0)
                return sweep_phase(model, phase, training, fitted, batches)
        finally:
            cache.remove()


@contextmanager
def _same_flags(model: keras.Model) -> Iterator[None]:
    """Sets the flag of every layer as it was, at the end."""
    layers = [model, *model._flatten_layers(include_self=False)]
    flags = [layer.trainable for layer in layers]
    try:
        yield
    finally:
        for layer, flag in zip(layers, flags, strict=True):  # the outer first: they set those inside
            layer.trainable = not flag  # a flag that is set to what it is changes nothing inside
            layer.trainable = flag
