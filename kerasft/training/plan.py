"""Whether a plan can work: model, splits, phases and training, checked together before anything is written."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TypeVar

import keras

from kerasft.base.errors import InputError, Problem, raise_problems
from kerasft.contract.plan import Phase, Training, check
from kerasft.contract.registry import task_of
from kerasft.contract.splits import Splits
from kerasft.networks.blocks import resolve_unfreeze, split_blocks

Config = TypeVar("Config")  # of a recipe
_only_planned: ContextVar[bool] = ContextVar("only_planned", default=False)


@dataclass(frozen=True)
class Plan:
    """What `fine_tune` would train."""

    model: keras.Model
    splits: Splits
    phases: tuple[Phase, ...]
    training: Training


class _Stop(Exception):
    """Carries a plan out of the recipe that made it."""

    def __init__(self, plan: Plan):
        super().__init__()
        self.plan = plan


def plan_of(recipe: Callable[[Config], object], config: Config) -> Plan:
    """Runs a recipe's `main` up to where it would begin to train, and returns what it would train.

    Args:
        recipe: Its `main`.
        config: Its `Config`.
    """
    token = _only_planned.set(True)
    try:
        recipe(config)
    except _Stop as stop:
        return stop.plan
    finally:
        _only_planned.reset(token)
    raise TypeError(f"the recipe {recipe.__module__} trains no model")


def stop_if_only_planned(
    model: keras.Model, splits: Splits, phases: Sequence[Phase], training: Training
) -> None:
    """Ends the recipe of a `plan_of` here; returns for all others."""
    if _only_planned.get():
        raise _Stop(Plan(model, splits, tuple(phases), training))


def check_plan(
    model: keras.Model,
    splits: Splits,
    phases: Sequence[Phase],
    training: Training,
    found: Sequence[Problem] = (),
) -> None:
    """Raises one `InputError` with what keeps this plan from working, and with what was `found`; see `fine_tune`."""
    problems = [*found, *check(training), *phases_problems(phases)]
    if not hasattr(model, "kerasft"):
        what = "the model does not come from build_model"
        raise InputError([*problems, Problem(what, model.name, "use kerasft.build_model")])
    blocks = split_blocks(model.get_layer("backbone"))
    for phase in phases:
        try:
            resolve_unfreeze(phase.unfreeze, blocks)
        except InputError as error:
            problems += error.problems
    task = task_of(model.kerasft.task)
    problems += task.training_problems(training) + task.unfit_settings(model.kerasft, training)
    problems += task.fit_problems(splits, model.kerasft)
    raise_problems(problems + _size_problems(splits, training))


def phases_problems(phases: Sequence[Phase]) -> list[Problem]:
    """Returns what is wrong with phases as such, whatever the model."""
    if not phases:
        return [Problem("there is no phase to run", "", "give --head-epochs or --tune-epochs above 0")]
    names = [phase.name for phase in phases]
    problems = [problem for phase in phases for problem in check(phase)]
    for name in names:
        if not re.fullmatch(r"[A-Za-z0-9-]+", name) or names.count(name) > 1 or name == "best":
            hint = "use letters, digits and '-', each name once, and not 'best'"
            problems.append(Problem("a phase's name can't be used", repr(name), hint))
    return problems


def _size_problems(splits: Splits, training: Training) -> list[Problem]:
    count = len(splits.train)
    if training.batch_size <= count:
        return []
    what = f"--batch-size is larger than the training split ({count} examples)"
    hint = f"use --batch-size {max(1, min(32, count // 4))}, or give more examples"
    return [Problem(what, str(training.batch_size), hint)]
