"""The learning rates of several phases, each swept from the weights that the phases before it leave."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

import keras

from kerasft.base.errors import InputError, Problem
from kerasft.contract.plan import AUTO, Phase, Training
from kerasft.contract.splits import Splits
from kerasft.training.fine_tune import fine_tune
from kerasft.training.learning_rates import LearningRates, find_learning_rate


def find_learning_rates(
    model: keras.Model,
    splits: Splits,
    phases: Sequence[Phase],
    training: Training,
    wanted: Collection[str],
    verbose: bool = True,
) -> list[LearningRates]:
    """Sweeps the wanted phases in the order of the plan.

    A phase before the last wanted one is trained as the plan says, because the next starts from what it leaves; if
    its rate is "auto", with the rate that its own sweep suggests.

    Args:
        model: From `build_model`. On return it has the weights that the trained phases left.
        splits: As for `fine_tune`.
        phases: The plan.
        training: What all phases share.
        wanted: Names of phases.
        verbose: Whether to report progress on stderr.

    Raises:
        InputError: The plan has no such phase, or can't work.
    """
    names = [phase.name for phase in phases]
    for name in wanted:
        if name not in names:
            hint = f"give --{name}-epochs above 0, or another --phase"
            raise InputError(Problem("the plan has no such phase", name, hint))
    found = []
    last = max(names.index(name) for name in wanted)
    for index, phase in enumerate(phases[: last + 1]):
        if phase.name in wanted or phase.learning_rate == AUTO:
            swept = find_learning_rate(model, splits, phase, training, verbose=verbose)
            found += [swept] if phase.name in wanted else []
            if phase.learning_rate == AUTO:
                phase = replace(phase, learning_rate=swept.suggestion)
        if index < last:
            with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
                fine_tune(model, splits, (phase,), Path(folder) / "run", training, verbose=verbose)
    return found
