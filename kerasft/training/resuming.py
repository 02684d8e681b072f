"""Whether an interrupted run can go on: from which state, and with the same plan, data and versions."""

from __future__ import annotations

import dataclasses
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

from kerasft.base import environment, kernels
from kerasft.base.errors import InputError, Problem, raise_problems
from kerasft.base.json_values import JsonFields
from kerasft.contract.objective import Objective
from kerasft.contract.plan import PRECISIONS, Phase, Training, from_dict
from kerasft.contract.splits import Splits
from kerasft.data.splits_file import write_splits
from kerasft.runs.folder import PhaseResult
from kerasft.runs.run import RESULT, SPLITS, Run
from kerasft.training.checkpoint import Saved, State, read_checkpoint
from kerasft.training.feature_cache.choosing import Choice
from kerasft.training.plan import phases_problems

_PLACES = ("memory", "disk", "off")
_AGAIN = "train again with --overwrite"
RESUMED_BY = "resumed_by"
_IF_FINISHED = (
    "`kerasft evaluate` shows its result; "
    "to train on from its weights in a new run, give --from-run in place of --resume"
)


def last_state(run: Run) -> Saved:
    """Returns the last checkpoint of an unfinished run."""
    saved = read_checkpoint(run.run_dir)
    if saved:
        return saved
    if (run.run_dir / RESULT).is_file() and set(run.result["phases"]) == {
        p["name"] for p in run.config["phases"]
    }:
        raise InputError(Problem("this run is finished", str(run.given), _IF_FINISHED))
    hint = "train again, with --overwrite"
    raise InputError(Problem("this run was stopped before it had begun to train", str(run.given), hint))


def check_unchanged(run: Run, state: State) -> None:
    """Raises if the plan or the versions are other ones than when the run began, with all differences."""
    hint = "put it back, or train again with --overwrite"
    try:
        before = json.loads(state.config)
    except (ValueError, RecursionError):
        raise InputError(Problem("the checkpoint is of another plan", str(run.given), _AGAIN)) from None
    problems = [
        Problem(f"config.json of the run has changed: {name} was {was}", str(now), hint)
        for name, was, now in _differences(before, run.config)
        if not name.startswith(RESUMED_BY)  # written between two checkpoints
    ]
    hint = "install the version that the run began with, or train again with --overwrite"
    problems += [
        Problem(f"the run began with {name} {was}", str(now), hint)
        for name, was, now in _differences(run.config["versions"], environment.versions())
    ]
    raise_problems(problems)


def check_kernels(run: Run, accept_rounding: bool = False) -> tuple[Run, list[str]]:
    """Compares what decides how sums are rounded with what the run was trained by so far.

    Args:
        run: An unfinished run.
        accept_rounding: Whether it may go on though sums are rounded otherwise here.

    Returns:
        The run with its config as it is to be from now on, and what to tell the user.

    Raises:
        InputError: Something differs and is not accepted, or it is the backend.
    """
    began = _trained_by(run.config)
    if not began:
        return run, [
            "the run doesn't say by which instructions it began: it may end with slightly other weights"
        ]
    now = kernels.in_force()
    differences = _differences(began, now)
    if not differences:
        return run, []
    if not accept_rounding or began.get("backend") != now["backend"]:
        raise InputError(
            *(
                Problem(
                    f"the run was trained with {name} {was or 'not set'}",
                    str(is_now or "not set"),
                    _way(name, was, is_now),
                )
                for name, was, is_now in differences
            )
        )
    run = dataclasses.replace(run, config={**run.config, RESUMED_BY: [*run.config.get(RESUMED_BY, []), now]})
    changed = ", ".join(
        f"{name} {was or 'not set'} is now {is_now or 'not set'}" for name, was, is_now in differences
    )
    return run, [f"{changed}: from here on sums are rounded otherwise, and the end won't be bit-equal"]


def _trained_by(config: JsonFields) -> dict[str, str]:
    """Returns what the run was trained by last; nothing for a run of an older kerasft."""
    return [config.get("kernels", {}), *config.get(RESUMED_BY, [])][-1]


def _way(name: str, was: object, now: object) -> str:
    """Returns how to go on when something is not as it was."""
    if name == "backend":
        return "set KERAS_BACKEND as it was"
    accept = "add --accept-rounding to go on all the same, to slightly other weights"
    if name == "instruction set" and kernels.is_within(str(was), str(now)):
        return f"set ONEDNN_MAX_CPU_ISA={was}, or {accept}"
    where = "resume on a computer like it" if name in ("instruction set", "device") else "put it back"
    return f"{where}, or {accept}"


def _differences(before: object, now: object, name: str = "") -> list[tuple[str, object, object]]:
    """Returns what differs between two JSON values: where, and both values."""
    if isinstance(before, dict) and isinstance(now, dict):
        keys = dict.fromkeys([*before, *now])
        inner = [_differences(before.get(k), now.get(k), f"{name}.{k}" if name else k) for k in keys]
        return [each for found in inner for each in found]
    return [] if before == now else [(name, before, now)]


def plan_of(run: Run) -> tuple[list[Phase], Training, list[Choice]]:
    """Returns what a run's config.json says of its training.

    Raises:
        InputError: Something is missing or of another type.
    """
    config = run.config
    phases = [from_dict(Phase, each) for each in config["phases"]]
    training = from_dict(Training, config["training"])
    choices = [from_dict(Choice, each) for each in config.get("features") or []]
    problems = phases_problems(phases)
    if len(choices) != len(phases) or any(each.place not in _PLACES for each in choices):
        problems.append(
            Problem("config.json of the run doesn't say what each phase keeps", str(run.given), _AGAIN)
        )
    if config.get("precision") not in PRECISIONS:
        problems.append(Problem("the run's precision is unknown", repr(config.get("precision")), _AGAIN))
    raise_problems(problems)
    return phases, training, choices


def check_state(run: Run, state: State, phases: Sequence[Phase], objective: Objective) -> None:
    """Raises if a checkpoint is at a place that the plan doesn't have, or ranks epochs by other metrics."""
    fits = (
        0 <= state.phase < len(phases) and 0 <= state.best_epoch <= state.epoch <= phases[state.phase].epochs
    )
    fits = fits and (state.score is None or len(state.score) == len(objective.better))
    names = [phase.name for phase in phases[: state.phase]]
    metrics = {each.logged for each in objective.better}
    measured = [PhaseResult.from_dict(each).metrics for each in state.results.values()]
    measured += [{**row.metrics, "val_loss": row.val_loss} for row in state.rows]
    if not fits or list(state.results) != names or not all(metrics <= each.keys() for each in measured):
        raise InputError(Problem("the checkpoint is of another plan", str(run.given), _AGAIN))


def check_splits(run: Run, splits: Splits) -> None:
    """Raises if splits given by hand are not those that the run began with."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        given = write_splits(splits, Path(folder) / SPLITS).read_text("utf-8")
    if given != (run.run_dir / SPLITS).read_text("utf-8"):
        hint = "give the same examples in the same splits"
        raise InputError(Problem("the splits are not those of the run", str(run.run_dir / SPLITS), hint))
