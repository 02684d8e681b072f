"""A fine-tuning from its plan to its run folder, begun or taken up again."""

from __future__ import annotations

import errno
import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import keras

from kerasft.base import environment, files
from kerasft.base.counter import counter
from kerasft.base.errors import Interrupted, KerasftError, raise_problems
from kerasft.base.locking import locked
from kerasft.base.shells import quoted
from kerasft.base.stopping import sigterm_as_ctrl_c
from kerasft.contract.encoder import Outputs
from kerasft.contract.plan import Phase, Training, two_phases
from kerasft.contract.registry import task_of
from kerasft.contract.splits import Splits
from kerasft.data.batches import Batches
from kerasft.data.earlier import count_seen, read_sides
from kerasft.runs.answering import outputs_of_run
from kerasft.runs.calibration import calibrate_run
from kerasft.runs.folder import PhaseResult, new_run_dir, write_plan
from kerasft.runs.model import assemble, load_weights
from kerasft.runs.run import CONFIG, Run, weights_path
from kerasft.training import own_callbacks
from kerasft.training.background import Background
from kerasft.training.checkpoint import Saved, read_checkpoint, remove_checkpoints
from kerasft.training.feature_cache import FeatureCache, choose_features
from kerasft.training.feature_cache.choosing import Choice
from kerasft.training.history import plot_history
from kerasft.training.keeping import keep_best_so_far
from kerasft.training.own import NOTHING, Own, resumed
from kerasft.training.phases import run_phases
from kerasft.training.plan import check_plan, stop_if_only_planned
from kerasft.training.progress import Reporter
from kerasft.training.resuming import (
    check_kernels,
    check_splits,
    check_state,
    check_unchanged,
    last_state,
    plan_of,
)
from kerasft.training.session import Session


def fine_tune(
    model: keras.Model,
    splits: Splits,
    phases: Sequence[Phase] | None = None,
    run_dir: str | Path | None = None,
    training: Training | None = None,
    *,
    overwrite: bool = False,
    verbose: bool = True,
    then: str = "",
    callbacks: Sequence[own_callbacks.Given] = (),
    own: Own = NOTHING,
) -> Run:
    """Trains `model` on `splits` phase by phase, and writes the run folder.

    A phase starts from the best weights of the one before; the run's best weights are the best of all phases, by what
    the task's objective ranks epochs with on the validation split. The test split is not looked at.

    Args:
        model: From `build_model`. On return it holds the best weights.
        splits: From `read_images` or `read_texts`, with the model's classes and image size.
        phases: Default: `two_phases()`.
        run_dir: A new folder; default: `saved_models/NAME-BACKBONE`, numbered.
        training: What all phases share; default: `Training()`.
        overwrite: Whether an earlier run in `run_dir` may be deleted.
        verbose: Whether to report progress on stderr.
        then: What the caller does with the run, said beside the time left: "evaluation, export and report".
        callbacks: Keras callbacks of your own, or functions of a `Phase` that return one. They count epochs through all
            phases; one that fails is told and left out. They are not kept: `resume` takes them again.
        own: An optimizer, a loss, metrics, an augmentation or weights of your own: see `Own`.

    Returns:
        The run: its folder, its config and the way back to the model.

    Raises:
        InputError: Something in the plan can't work; all problems are listed, before anything is written.
        Interrupted: Ctrl-C or SIGTERM; `resume` goes on from the last epoch's end.
        KerasftError: The loss is not finite, or a frozen weight has changed.
    """
    phases = two_phases() if phases is None else tuple(phases)
    training = training or Training()
    check_plan(model, splits, phases, training, own_callbacks.callback_problems(callbacks))
    task_of(model.kerasft.task).adopt_reading(model, splits)
    stop_if_only_planned(model, splits, phases, training)
    train, validation = _own_batches(model, splits, phases, training, own)
    default = f"saved_models/{Path(splits.source).name or 'data'}-{model.kerasft.backbone}"
    default = re.sub(r"[^\w./-]+", "_", default)
    choices = choose_features(model, phases, train, validation, training, Path(run_dir or default))
    folder = new_run_dir(run_dir, default, overwrite)
    with locked(folder):
        config = write_plan(
            folder, model, splits, phases, training, choices, own_callbacks.names_of(callbacks), own.names
        )
        seen = count_seen(splits.test.hashes, read_sides(folder)).sentence("test example")
        session = _session(
            model, phases, training, choices, (train, validation), folder, verbose, then, callbacks, own
        )
        session.reporter.begun(model.kerasft.backbone, model.get_layer("backbone").count_params())
        notes = [*task_of(model.kerasft.task).notes(model.kerasft), *own.notes]
        for note in [*notes, seen] if seen else notes:
            session.reporter.warn(note)
        outputs = _run(session, None)
        return _finished(session, Run(folder, config, in_memory=splits), outputs)


def resume(
    run_dir: str | Path,
    splits: Splits | None = None,
    *,
    accept_rounding: bool = False,
    verbose: bool = True,
    then: str = "",
    callbacks: Sequence[own_callbacks.Given] = (),
    own: Own = NOTHING,
) -> Run:
    """Goes on with an interrupted fine-tuning, from the end of its last epoch.

    On a CPU, weights, history and result are bit-equal to those of a run that was never interrupted.

    Args:
        run_dir: The run folder.
        splits: The data, for runs on arrays or lists in memory; all others are read again.
        accept_rounding: Whether to go on where sums are rounded otherwise (another instruction set, oneDNN off,
            another GPU): to slightly other weights.
        verbose: Whether to report progress on stderr.
        then: As for `fine_tune`.
        callbacks: As for `fine_tune`. What they remember of the epochs before is not restored.
        own: As for `fine_tune`: the same parts as then. An augmentation that draws its own random numbers, as Keras
            layers do, goes on with other ones.

    Raises:
        InputError: There is nothing to resume; another process is at it; or data, config, versions or what decides
            the rounding have changed: the difference is shown.
        Interrupted: Ctrl-C or SIGTERM, again.
    """
    raise_problems(own_callbacks.callback_problems(callbacks))
    run = Run.open(run_dir)
    folder = run.run_dir
    with locked(folder):
        saved = last_state(run)
        check_unchanged(run, saved[0])
        resumed(run.config.get("own"), own)
        phases, training, choices = plan_of(run)
        config = run.model_config
        check_state(run, saved[0], phases, task_of(config.task).objective(config, training))
        run, notes = check_kernels(run, accept_rounding)
        if splits is None:
            splits = run.splits()
        else:
            check_splits(run, splits)
        model = assemble(config, None, run.config["precision"], training.seed, folder)
        batches = _own_batches(model, splits, phases, training, own)
        files.write_json(folder / CONFIG, run.config)  # it now says by what it goes on
        session = _session(model, phases, training, choices, batches, folder, verbose, then, callbacks, own)
        notes += own_callbacks.missing_notes(run.config.get("callbacks"), callbacks)
        session.rows.extend(saved[0].rows)
        session.rates.update(saved[0].rates)
        session.results.update({name: PhaseResult.from_dict(each) for name, each in saved[0].results.items()})
        session.reporter.resumed(phases[saved[0].phase].name, saved[0].epoch)
        for note in notes:
            session.reporter.warn(note)
        outputs = _run(session, saved)
        return _finished(session, Run(folder, run.config, in_memory=splits), outputs)


def _finished(session: Session, run: Run, outputs: Outputs | None) -> Run:
    """Fits the temperature of the best weights, which the model holds, and only then removes what resuming needs."""
    validation = run.splits().validation
    if outputs is None:
        outputs = outputs_of_run(run, session.model, validation.examples)
    calibrate_run(run, outputs, validation.labels)
    session.cache.remove()
    remove_checkpoints(session.folder)
    return run


def _own_batches(
    model: keras.Model, splits: Splits, phases: Sequence[Phase], training: Training, own: Own
) -> tuple[Batches, Batches]:
    task = task_of(model.kerasft.task)
    train, validation = task.make_batches(model, splits, training)
    raise_problems(own.problems(phases, splits, train, task.objective(model.kerasft, training)))
    own.apply_to(train, splits)
    return train, validation


def _session(
    model: keras.Model,
    phases: Sequence[Phase],
    training: Training,
    choices: Sequence[Choice],
    batches: Sequence[Batches],
    folder: Path,
    verbose: bool,
    then: str,
    callbacks: Sequence[own_callbacks.Given],
    own: Own,
) -> Session:
    environment.make_deterministic()
    environment.keep_compiled()
    keras.utils.set_random_seed(training.seed)
    cache = FeatureCache(
        model, choices, batches[0], batches[1], training, folder, partial(counter, enabled=verbose)
    )
    reporter = Reporter([(phase.name, phase.epochs) for phase in phases], verbose, then)
    config, background = (folder / CONFIG).read_text("utf-8"), Background(environment.has_gpu())
    return Session(
        model, phases, training, cache, folder, reporter, [], {}, config, background, {}, callbacks, own
    )


def _run(session: Session, saved: Saved | None) -> Outputs | None:
    """Runs the phases; stopped by the user, it leaves the best weights so far as the run's.

    Returns:
        The outputs of the validation split (examples, ...), if kept features give them cheaply.
    """
    folder = session.folder
    go_on = f"go on with: kerasft train --resume {quoted(folder)}"
    try:
        with sigterm_as_ctrl_c(), session.background:
            run_phases(session, saved)
    except KeyboardInterrupt:
        reached = keep_best_so_far(session)
        raise Interrupted(f"stopped; {reached}; {go_on}") from None
    except KerasftError:
        keep_best_so_far(session)
        raise
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        what = f"the disk is full ({error.filename or folder}); make room"
        if read_checkpoint(folder):
            what += f": the state of the last epoch is safe; then {go_on}"
        raise KerasftError(what) from error
    plot_history(session.rows, folder / "history.png", session.objective.better[0].metric)
    if Run.open(folder).result["best"] != session.phases[-1].name:
        load_weights(session.model, weights_path(folder, "best"))
    return session.cache.validation_outputs()
