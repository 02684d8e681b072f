"""One step of training at each of many learning rates, and all put back as it was."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import keras
import numpy as np

from kerasft.base import environment
from kerasft.contract.encoder import Arrays
from kerasft.contract.plan import Phase, Training
from kerasft.contract.registry import task_of
from kerasft.data.batches import Batches
from kerasft.networks.values import assign, values_of
from kerasft.training import freezing
from kerasft.training.learning_rates.results import LearningRates
from kerasft.training.learning_rates.suggestion import suggest
from kerasft.training.optimizers import learning_rate_setter, make_optimizer

LOWEST, HIGHEST, STEPS = 1e-6, 1.0, 120
_LAST = 5  # steps, whose mean loss tells a divergence from one hard batch


def sweep_phase(
    model: keras.Model, phase: Phase, training: Training, fitted: keras.Model, train: Batches
) -> LearningRates:
    """Sweeps the learning rate of a phase whose flags are set; call it within `freezing.silenced`.

    The rate rises from step to step by the same factor. Then the same steps are taken with a rate of 0, from the
    same weights and with the same dropout: what a batch's loss was before shows how it has changed, whatever batch
    it is. The sweep is Smith's (2015, "Cyclical Learning Rates for Training Neural Networks", arXiv:1506.01186,
    section 3.3); the comparison with a rate of 0 is ours.

    Args:
        model: The whole model. Its weights and random states are the same afterwards, bit for bit.
        phase: Its learning rate, if it is a number, is what is suggested where the curve says nothing.
        training: Optimizer, batches and loss.
        fitted: What the phase fits: the tail above the feature cache, or the whole model.
        train: Its batches.
    """
    rates = np.geomspace(LOWEST, HIGHEST, STEPS)
    optimizer = make_optimizer(
        training.optimizer,
        replace(phase, learning_rate=LOWEST, warmup=0.0, decay=False),
        train.steps,
        training.weight_decay,
        freezing.depths(model),
    )
    if model.dtype_policy.name == "mixed_float16":
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    task = task_of(model.kerasft.task)
    objective = task.objective(model.kerasft, training)
    tail = keras.Model(fitted.input, fitted.output)  # a user's own compile of the whole model stays
    tail.compile(
        optimizer=optimizer,
        auto_scale_loss=False,
        jit_compile=environment.jit_compile(),
        **objective.compiled(),
    )
    optimizer.build(tail.trainable_variables)
    set_rate = learning_rate_setter(optimizer)

    def losses_at(rates: Sequence[float], most: float) -> np.ndarray:
        with put_back(
            [*freezing.changing_weights(model), *freezing.random_states(model), *optimizer.variables]
        ):
            return np.array(list(_losses(tail, train, rates, set_rate, most)))

    losses = losses_at(rates.tolist(), objective.chance or 0.0)
    before = losses_at([0.0] * len(losses), math.inf)
    default = phase.learning_rate
    if isinstance(default, str):
        default = task.default_learning_rate(phase)
    return suggest(phase.name, rates[: len(losses)], losses, before, default)


@contextmanager
def put_back(variables: Sequence[keras.Variable]) -> Iterator[None]:
    """Gives variables the values back, bit for bit, that they had before the body."""
    values = values_of(variables)
    try:
        yield
    finally:
        assign(variables, values)


def _losses(
    tail: keras.Model, train: Batches, rates: Sequence[float], set_rate: Callable[[float], None], most: float
) -> Iterator[float]:
    """Yields the loss of a batch and then takes a step with it, up to the first that is lost.

    Lost is what is not finite, or on average as bad as chance and four times what it was at first.
    """
    found: list[float] = []
    for rate, batch in zip(rates, _full_batches(train), strict=False):
        set_rate(rate)
        tail.reset_metrics()  # or it would be the mean of all steps so far
        found.append(float(tail.train_on_batch(*batch, return_dict=True)["loss"]))
        yield found[-1]
        recent = float(np.mean(found[-_LAST:]))
        if not math.isfinite(found[-1]) or recent > max(most, 4 * float(np.mean(found[:_LAST]))):
            return


def _full_batches(train: Batches) -> Iterator[tuple[Arrays, ...]]:
    """Yields batches without end, all of one size, so that one graph serves all; of kept features one view alone."""
    views = getattr(train, "views", 1)
    steps = max(1, train.examples // train.batch_size)
    cycle = 0
    while True:
        train.begin_epoch(cycle * views)
        for step in range(steps):
            yield train.batch(cycle * views, step)
        cycle += 1
