"""The phases of a fine-tuning. For each: trainable flags -> new optimizer -> compile -> fit -> check.

The order is the point. Keras traces the train step once, at the first batch after `compile`: flags that
change later have no effect, and say nothing. So every phase sets its flags first and compiles anew, and
when it has ended, what was frozen is compared, bit by bit.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras

from kerasft import environment, freezing, heads
from kerasft.callbacks import KeepBest, Recorder, SetEpoch
from kerasft.config import Phase, Training, two_phases
from kerasft.data.pipeline import Batches
from kerasft.errors import KerasftError
from kerasft.history import Epoch, plot_history, write_history
from kerasft.model import load_weights
from kerasft.optimizers import make_optimizer
from kerasft.plan import check_plan
from kerasft.progress import Reporter
from kerasft.run import Run, weights_path
from kerasft.run_folder import PhaseResult, new_run_dir, write_plan, write_result
from kerasft.tasks import task_of


def fine_tune(
    model: keras.Model,
    splits: Any,
    phases: Sequence[Phase] | None = None,
    run_dir: str | Path | None = None,
    training: Training | None = None,
    *,
    overwrite: bool = False,
    verbose: bool = True,
) -> Run:
    """Trains `model` on `splits` phase by phase, and writes the run folder.

    A phase starts from the best weights of the one before; the run's best weights are the best of all phases,
    by validation accuracy and then validation log loss. The test split is not looked at.

    Args:
        model: From `build_model`. On return it holds the best weights.
        splits: From `read_images` or `read_texts`, with the model's classes and image size.
        phases: Default: `two_phases()`.
        run_dir: A new folder; default: `saved_models/NAME-BACKBONE`, numbered.
        training: What all phases share; default: `Training()`.
        overwrite: Whether an earlier run in `run_dir` may be deleted.
        verbose: Whether to report progress on stderr.

    Returns:
        The run: its folder, its config and the way back to the model.

    Raises:
        InputError: Something in the plan can't work; all problems are listed, before anything is written.
        KerasftError: The loss is not finite, or a frozen weight has changed.
    """
    phases = two_phases() if phases is None else tuple(phases)
    training = training or Training()
    check_plan(model, splits, phases, training)
    default = f"saved_models/{Path(splits.source).name or 'data'}-{model.kerasft.backbone}"
    folder = new_run_dir(run_dir, re.sub(r"[^\w./-]+", "_", default), overwrite)
    config = write_plan(folder, model, splits, phases, training)

    environment.make_deterministic()
    keras.utils.set_random_seed(training.seed)
    train, validation = task_of(model.kerasft.task).make_batches(model, splits, training)
    reporter = Reporter(sum(phase.epochs for phase in phases), enabled=verbose)
    rows: list[Epoch] = []
    results: dict[str, PhaseResult] = {}
    for phase in phases:
        results[phase.name] = run_phase(model, phase, train, validation, training, folder, rows, reporter)
        write_result(folder, model, results)
    plot_history(rows, folder / "history.png")
    load_weights(model, weights_path(folder, "best"))
    return Run(folder, config, in_memory=splits)


def run_phase(
    model: keras.Model,
    phase: Phase,
    train: Batches,
    validation: Batches,
    training: Training,
    folder: Path,
    rows: list[Epoch],
    reporter: Reporter,
) -> PhaseResult:
    """Trains one phase, appends to `rows` and history.csv, and leaves the phase's best weights in `model`."""
    layers = freezing.set_trainable(model, phase.unfreeze)
    parameters = sum(math.prod(variable.shape) for variable in model.trainable_variables)
    frozen = freezing.frozen_digest(model)
    model.compile(
        optimizer=make_optimizer(
            training.optimizer, phase, train.steps, training.weight_decay, freezing.depths(model)
        ),
        jit_compile="auto" if environment.has_gpu() else False,  # XLA on CPUs is several times slower
        **heads.classification_objective(training.label_smoothing),
    )
    reporter.phase(phase.name, phase.epochs, len(layers), parameters)
    before = len(rows)

    def record(row: Epoch) -> None:
        rows.append(row)
        write_history(rows, folder / "history.csv")
        reporter.epoch(row, phase.epochs)

    keep_best = KeepBest(weights_path(folder, phase.name), phase.patience)
    model.fit(
        train.dataset(),
        validation_data=validation.dataset(),
        epochs=phase.epochs,
        shuffle=False,  # the batches are shuffled already
        verbose=0,
        callbacks=[SetEpoch(train, first=before), Recorder(phase.name, record), keep_best],
    )
    freezing.assert_unchanged(model, frozen)
    if keep_best.score is None:
        raise KerasftError(
            f"no epoch of phase {phase.name!r} had a finite validation result; lower its learning rate"
        )
    load_weights(model, keep_best.path)
    epochs = len(rows) - before
    reporter.end_phase(keep_best.epoch, phase.epochs - epochs)
    accuracy, negative_log_loss = keep_best.score
    return PhaseResult(epochs, keep_best.epoch, accuracy, -negative_log_loss, layers, parameters)
