"""What the phases of one fine-tuning share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import keras

from kerasft.base.json_values import JsonFields
from kerasft.contract.objective import Objective
from kerasft.contract.plan import Phase, Training, to_dict
from kerasft.contract.registry import task_of
from kerasft.runs.folder import PhaseResult
from kerasft.training import own_callbacks
from kerasft.training.background import Background
from kerasft.training.checkpoint import State, Value, model_variables, on_host, write_checkpoint
from kerasft.training.feature_cache import FeatureCache
from kerasft.training.history import Epoch
from kerasft.training.own import NOTHING, Own
from kerasft.training.progress import Reporter


@dataclass(frozen=True)
class Session:
    """What the phases of one fine-tuning share.

    Args:
        model: The whole model.
        phases: The plan.
        training: What all phases share.
        cache: Decides what a phase fits, and on what.
        folder: The run folder.
        reporter: Told of each phase and epoch.
        rows: The history so far; each epoch adds one.
        results: What the phases reached so far; each phase adds one.
        config: What config.json holds.
        background: Writes the checkpoints.
        rates: The learning rates that were looked for so far, as in `State`.
        callbacks: The caller's own.
        own: What else is the caller's own.
    """

    model: keras.Model
    phases: Sequence[Phase]
    training: Training
    cache: FeatureCache
    folder: Path
    reporter: Reporter
    rows: list[Epoch]
    results: dict[str, PhaseResult]
    config: str
    background: Background
    rates: dict[str, JsonFields] = field(default_factory=dict)
    callbacks: Sequence[own_callbacks.Given] = ()
    own: Own = NOTHING

    @property
    def objective(self) -> Objective:
        """The task's, with what is the caller's own; a new one each time."""
        base = task_of(self.model.kerasft.task).objective(self.model.kerasft, self.training)
        return self.own.objective(base)

    def checkpoint(self, state: State, variables: Mapping[str, Value] | None = None) -> None:
        """Writes the state with what all states have in common.

        Args:
            state: Where the fine-tuning is.
            variables: What of it can't be had from the run folder; default: what the next phase changes of the model.
        """
        whole = replace(
            state,
            rows=tuple(self.rows),
            results={name: to_dict(result) for name, result in self.results.items()},
            config=self.config,
            rates=dict(self.rates),
        )
        variables = model_variables(self.model) if variables is None else variables
        # the values now: what trains goes on changing while a checkpoint is written beside the training
        self.background.run(write_checkpoint, self.folder, whole, on_host(variables))
