"""Training a model again and again from the same start: each graph is traced once, for all cells.

Tracing is most of a short run's time. So a model is built and compiled once for each way to train, and before each
cell everything that training changes (weights, statistics, random states, optimizer) is put back: the result is that
of a new model, bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import keras
import numpy as np

from kerasft.base import environment
from kerasft.contract.encoder import Arrays
from kerasft.contract.plan import Phase, Training
from kerasft.contract.registry import task_of
from kerasft.contract.splits import Column
from kerasft.networks.layers import is_batch_normalization
from kerasft.networks.sections import Sections
from kerasft.networks.values import assign, values_of
from kerasft.training import freezing
from kerasft.training.optimizers import learning_rate, learning_rate_setter, make_optimizer

EVERYTHING = "everything"  # "all", and BatchNorm too: for weights that begin at random
CHUNK = 128  # examples that are predicted together


@dataclass(frozen=True)
class Examples:
    """What crosses a cut, for each example: an array, or arrays by name; and the targets that `encode` encodes."""

    inputs: Arrays
    targets: Column
    encode: Callable[[Column], Arrays]

    def __len__(self) -> int:
        return len(self.targets)

    def take(self, rows: np.ndarray) -> Arrays:
        """Returns the inputs of some rows as the model takes them: images become float32."""
        if isinstance(self.inputs, dict):
            return {name: array[rows] for name, array in self.inputs.items()}
        return np.asarray(self.inputs[rows], np.float32)


class Stage:
    """One phase of a way to train, that can be run on any examples from any start.

    Args:
        model: The whole model.
        sections: Its cuts.
        phase: What trains, and at which rate; `unfreeze` may be `EVERYTHING`. Its epochs don't matter.
        optimizer: The name of the optimizer.
        weight_decay: Of kernels.
    """

    def __init__(
        self, model: keras.Model, sections: Sections, phase: Phase, optimizer: str, weight_decay: float
    ):
        self.model, self.sections, self.phase = model, sections, phase
        self._kind, self._weight_decay = optimizer, weight_decay
        self.set_flags()
        self.cut = sections.frozen()
        self._traced: set[int] = set()

    def set_flags(self) -> None:
        """Sets what trains."""
        freezing.set_trainable(
            self.model, "all" if self.phase.unfreeze == EVERYTHING else self.phase.unfreeze
        )
        if self.phase.unfreeze == EVERYTHING:
            for layer in self.model._flatten_layers(include_self=False):
                if is_batch_normalization(layer):
                    layer.trainable = True

    @cached_property
    def tail(self) -> keras.Model:
        """What lies above the cut, compiled; its layers are the model's."""
        whole = keras.Model(self.model.input, self.model.output)
        tail = self.sections.between(self.cut, None) if self.cut else whole
        constant = Phase(self.phase.name, learning_rate=self.phase.learning_rate)
        optimizer = make_optimizer(self._kind, constant, 1, self._weight_decay)
        objective = task_of(self.model.kerasft.task).objective(self.model.kerasft, Training())
        tail.compile(
            optimizer=optimizer,
            auto_scale_loss=False,
            jit_compile=environment.jit_compile(),
            **objective.compiled(),
        )
        tail.optimizer.build(tail.trainable_variables)
        self._set_rate = learning_rate_setter(tail.optimizer)
        self._start = values_of(tail.optimizer.variables)
        return tail

    def train(self, examples: Examples, rows: np.ndarray, steps: int, batch_size: int, seed: int) -> None:
        """Takes so many steps with a new optimizer, on the rows in another order in each pass.

        Args:
            examples: At this stage's cut.
            rows: Of the examples that train.
            steps: How many.
            batch_size: The last batch of a pass may be smaller.
            seed: Of the order.
        """
        self.set_flags()
        with freezing.silenced(self.model):
            tail = self.tail
            assign(tail.optimizer.variables, self._start)
            for step, chosen in enumerate(batches(rows, steps, batch_size, seed)):
                self._set_rate(self._rate(step, steps))
                tail.train_on_batch(examples.take(chosen), examples.encode(examples.targets[chosen]))

    def trace(self, examples: Examples, rows: np.ndarray, batch_size: int) -> None:
        """Traces the graph for the batches that `train` will make, if need be; the model's variables change."""
        sizes = {min(batch_size, len(rows)), len(rows) % batch_size or batch_size}
        for size in sorted(sizes - self._traced, reverse=True):
            self.train(examples, rows[:size], 1, size, 0)
        self._traced |= sizes

    def outputs(self, examples: Examples) -> Arrays:
        """Returns the model's outputs for all examples: an array (examples, ...), or arrays by name."""
        return in_chunks(self.tail, examples)

    def _rate(self, step: int, steps: int) -> float:
        whole = Phase(
            self.phase.name, 0, steps, self.phase.learning_rate, self.phase.warmup, self.phase.decay
        )
        if self._schedule_steps != steps:
            schedule = learning_rate(whole, 1)
            self._rates = [
                schedule if isinstance(schedule, float) else float(schedule(n)) for n in range(steps)
            ]
            self._schedule_steps = steps
        return self._rates[step]

    _schedule_steps = 0


def in_chunks(model: keras.Model, examples: Examples) -> Arrays:
    """Returns what a model gives for all examples: an array, or arrays by name."""
    found = []
    for start in range(0, len(examples), CHUNK):
        rows = np.arange(start, min(start + CHUNK, len(examples)))
        # always as many: one shape, one trace
        padded = np.concatenate([rows, np.repeat(rows[-1:], CHUNK - len(rows))])
        outputs = model.predict_on_batch(examples.take(padded))
        found.append(keras.tree.map_structure(np.asarray, outputs))
    return keras.tree.map_structure(lambda *parts: np.concatenate(parts)[: len(examples)], *found)


def batches(rows: np.ndarray, steps: int, batch_size: int, seed: int) -> list[np.ndarray]:
    """Returns the rows of so many batches; each pass over all rows has an order of its own."""
    found: list[np.ndarray] = []
    epoch = 0
    while len(found) < steps:
        order = rows[np.random.default_rng((seed, epoch)).permutation(len(rows))]
        found += [order[start : start + batch_size] for start in range(0, len(order), batch_size)]
        epoch += 1
    return found[:steps]
