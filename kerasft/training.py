"""The phases of a fine-tuning. For each: trainable flags -> new optimizer -> compile -> fit -> check.

The order is the point. Keras traces the train step once, at the first batch after `compile`: flags that
change later have no effect, and say nothing. So every phase sets its flags first and compiles anew, and
when it has ended, what was frozen is compared, bit by bit.
"""

from __future__ import annotations

import math
import re
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import keras

from kerasft import backbones, environment, files, freezing, heads
from kerasft.augment import make_augment
from kerasft.callbacks import KeepBest, Recorder, SetEpoch
from kerasft.config import Phase, Training, check, to_dict, two_phases
from kerasft.data import Splits
from kerasft.data.pipeline import Batches, class_weights
from kerasft.errors import InputError, KerasftError, Problem, raise_problems
from kerasft.history import Epoch, plot_history, write_history
from kerasft.model import assemble, load_weights
from kerasft.optimizers import make_optimizer
from kerasft.progress import Reporter
from kerasft.run import (
    CONFIG,
    FORMAT,
    LABELS,
    RESULT,
    SPLITS,
    Run,
    check_splits_fit,
    new_run_dir,
    probe,
    weights_path,
)


def fine_tune(
    model: keras.Model,
    splits: Splits,
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
        splits: From `read_images`, with the model's classes and image size.
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
    raise_problems(_plan_problems(model, splits, phases, training))
    check_splits_fit(splits, model.kerasft)
    default = f"saved_models/{Path(splits.source).name or 'data'}-{model.kerasft.backbone}"
    folder = new_run_dir(run_dir, re.sub(r"[^\w./-]+", "_", default), overwrite)
    config = _write_plan(folder, model, splits, phases, training)

    environment.make_deterministic()
    keras.utils.set_random_seed(training.seed)
    trainer = _Batched(splits, training)
    reporter = Reporter(sum(phase.epochs for phase in phases), enabled=verbose)
    rows: list[Epoch] = []
    results: dict[str, PhaseResult] = {}
    for phase in phases:
        results[phase.name] = run_phase(model, phase, trainer, training, folder, rows, reporter)
        _write_result(folder, model, results)
    plot_history(rows, folder / "history.png")
    load_weights(model, weights_path(folder, "best"))
    return Run(folder, config, in_memory=splits)


@dataclass(frozen=True)
class PhaseResult:
    """What a phase reached.

    Args:
        epochs: Epochs run.
        best_epoch: The epoch whose weights are kept, from 1.
        val_accuracy: Its accuracy on the validation split, in [0, 1].
        val_log_loss: Its cross-entropy on the validation split, in nats.
        trained_layers: The names of the layers that trained.
        trained_parameters: The number of values that trained.
    """

    epochs: int
    best_epoch: int
    val_accuracy: float
    val_log_loss: float
    trained_layers: tuple[str, ...]
    trained_parameters: int

    @property
    def score(self) -> tuple[float, float]:
        """Higher is better: the same order as `KeepBest` has."""
        return self.val_accuracy, -self.val_log_loss


class _Batched:
    """The training and validation splits as batches, the same in every phase."""

    def __init__(self, splits: Splits, training: Training):
        count = len(splits.class_names)
        augment = make_augment(training.augment, splits.image_size, flip=training.flip)
        weights = class_weights(splits.train.labels, count) if training.class_weight == "auto" else None
        self.train = Batches(
            splits.train, count, training.batch_size,
            shuffle=True, seed=training.seed, augment=augment, class_weight=weights,
        )  # fmt: skip
        self.validation = Batches(splits.validation, count, training.batch_size)


def run_phase(
    model: keras.Model,
    phase: Phase,
    batched: _Batched,
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
        optimizer=make_optimizer(training.optimizer, phase, batched.train.steps, training.weight_decay),
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
        batched.train.dataset(),
        validation_data=batched.validation.dataset(),
        epochs=phase.epochs,
        shuffle=False,  # the batches are shuffled already
        verbose=0,
        callbacks=[SetEpoch(batched.train, first=before), Recorder(phase.name, record), keep_best],
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


def _plan_problems(
    model: keras.Model, splits: Splits, phases: Sequence[Phase], training: Training
) -> list[Problem]:
    problems = check(training)
    if not hasattr(model, "kerasft"):
        problems.append(
            Problem("the model does not come from build_model", model.name, "use kerasft.build_model")
        )
        return problems
    if not phases:
        problems.append(
            Problem("there is no phase to run", "", "give --head-epochs or --tune-epochs above 0")
        )
    names = [phase.name for phase in phases]
    for phase in phases:
        problems += check(phase)
        if (
            not re.fullmatch(r"[A-Za-z0-9-]+", phase.name)
            or names.count(phase.name) > 1
            or phase.name == "best"
        ):
            hint = "use letters, digits and '-', each name once, and not 'best'"
            problems.append(Problem("a phase's name can't be used", repr(phase.name), hint))
        try:
            blocks = backbones.split_blocks(model.get_layer("backbone"))
            backbones.resolve_unfreeze(phase.unfreeze, blocks)
        except InputError as error:
            problems += error.problems
    count = len(splits.train.labels)
    if training.batch_size > count:
        hint = f"use --batch-size {max(1, min(32, count // 4))}"
        what = f"--batch-size is larger than the training split ({count} pictures)"
        problems.append(Problem(what, str(training.batch_size), hint))
    return problems


def _write_plan(
    folder: Path, model: keras.Model, splits: Splits, phases: Sequence[Phase], training: Training
) -> dict[str, Any]:
    config = {
        "format": FORMAT,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": sys.argv,
        "model": to_dict(model.kerasft),
        "data": {"source": splits.source, "data_dir": splits.data_dir, "seed": splits.seed},
        "phases": [to_dict(phase) for phase in phases],
        "training": to_dict(training),
        "precision": model.get_layer("dropout").dtype_policy.name,
        "versions": environment.versions(),
    }
    files.write_json(folder / CONFIG, config)
    from kerasft.data.splits import write_splits

    write_splits(splits, folder / SPLITS)
    files.write_text(folder / LABELS, "".join(f"{name}\n" for name in splits.class_names))
    return config


def _write_result(folder: Path, model: keras.Model, results: dict[str, PhaseResult]) -> None:
    """Names the run's best phase so far, and records hash and probe of each weights file."""
    best = max(results, key=lambda name: results[name].score)
    latest = list(results)[-1]
    earlier = files.read_json(folder / RESULT)["weights"] if (folder / RESULT).is_file() else {}
    path = weights_path(folder, latest)
    # The probe belongs to the float32 model that ships, whatever precision trained it.
    shipped = model if model.compute_dtype == "float32" else assemble(model.kerasft)
    load_weights(shipped, path)
    recorded = {**earlier, latest: {"sha256": files.sha256_of(path), "probe": probe(shipped).tolist()}}
    if best == latest:
        with files.atomic_path(weights_path(folder, "best")) as temporary:
            shutil.copyfile(path, temporary)
        recorded["best"] = recorded[latest]
    result = {
        "best": best,
        "phases": {name: to_dict(each) for name, each in results.items()},
        "weights": recorded,
    }
    files.write_json(folder / RESULT, result)
