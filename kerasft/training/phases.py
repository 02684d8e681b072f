"""Phase after phase. For each: trainable flags -> new optimizer -> compile -> fit -> check.

The order is the point. Keras traces the train step once, at the first batch after `compile`: flags that change later
have no effect, and say nothing. So every phase sets its flags first and compiles anew, and when it has ended, what was
frozen is compared, bit by bit.
"""

from __future__ import annotations

import math
import time
from dataclasses import replace

import keras

from kerasft.base import environment, files
from kerasft.base.errors import KerasftError
from kerasft.contract.plan import AUTO, Phase
from kerasft.data.feeding import feed
from kerasft.runs.folder import PhaseResult, write_result
from kerasft.runs.model import load_weights, save_weights
from kerasft.runs.run import weights_path
from kerasft.training import freezing, own_callbacks
from kerasft.training.callbacks import Checkpoint, KeepBest, Recorder, SetEpoch, StopAtNonFinite, Within
from kerasft.training.checkpoint import (
    BEST,
    Saved,
    State,
    best_values,
    model_variables,
    numbered,
    optimizer_variables,
    restore,
    restore_start,
    write_start,
)
from kerasft.training.feature_cache import FeatureCache
from kerasft.training.history import Epoch, write_history
from kerasft.training.learning_rates import plot_learning_rates, sweep_phase
from kerasft.training.optimizers import make_optimizer
from kerasft.training.session import Session
from kerasft.training.speedups.depthwise import quick_gradients

HEAD_STEPS = 16  # that one call makes where a head alone trains: each takes less time than the call


def run_phases(session: Session, saved: Saved | None = None) -> None:
    """Runs all phases, or those that a checkpoint has left, and writes result.json after each.

    Raises:
        KerasftError: The loss is not finite, or a frozen weight has changed.
    """
    first = saved[0].phase if saved else 0
    if saved is None:
        write_start(session.folder, session.model)
        freezing.set_trainable(session.model, session.phases[0].unfreeze)
        session.checkpoint(State())
    elif first:
        load_weights(session.model, weights_path(session.folder, session.phases[first - 1].name))
    else:
        restore_start(session.folder, session.model)
    for index in range(first, len(session.phases)):
        name = session.phases[index].name
        session.results[name] = run_phase(session, index, saved if index == first else None)
        write_result(session.folder, session.model, session.results, session.objective)
        if index + 1 < len(session.phases):
            freezing.set_trainable(session.model, session.phases[index + 1].unfreeze)
            session.checkpoint(State(index + 1))


def run_phase(session: Session, index: int, saved: Saved | None = None) -> PhaseResult:
    """Trains one phase, appends to the history, and leaves the phase's best weights in the model."""
    model, phase = session.model, session.phases[index]
    layers = freezing.set_trainable(model, phase.unfreeze)
    parameters = sum(math.prod(variable.shape) for variable in model.trainable_variables)
    frozen = freezing.frozen_digest(model)
    session.reporter.phase(phase.name, phase.epochs, layers, parameters)
    session.reporter.note(str(session.cache.choices[index]))
    state = saved[0] if saved else State(index)
    begin, before = time.perf_counter(), len(session.rows) - state.epoch
    keep_best = KeepBest(phase.patience, model, session.objective)
    if saved:
        restore(model_variables(model), saved[1])
        keep_best.score, keep_best.epoch = state.score, state.best_epoch
        keep_best.values = best_values(*saved)
    if not state.stopped and state.epoch < phase.epochs:
        with freezing.silenced(model), quick_gradients(model):
            phase = _with_rate(session, index)
            _fit(session, index, phase, saved, before, keep_best)
    session.cache.release(index)
    freezing.assert_unchanged(model, frozen)
    if keep_best.score is None:
        raise KerasftError(
            f"no epoch of phase {phase.name!r} had a finite validation result; lower its learning rate"
        )
    keep_best.put_back()
    with files.atomic_path(weights_path(session.folder, phase.name)) as temporary:
        save_weights(model, temporary)
    epochs = len(session.rows) - before
    session.reporter.end_phase(keep_best.epoch, phase.epochs - epochs)
    return PhaseResult(
        epochs=epochs,
        best_epoch=keep_best.epoch,
        metrics=keep_best.objective.values(keep_best.score),
        trained_layers=layers,
        trained_parameters=parameters,
        features=str(session.cache.choices[index]),
        seconds=round(time.perf_counter() - begin, 1),
        **session.rates.get(phase.name, {"learning_rate": phase.learning_rate}),
    )


def _with_rate(session: Session, index: int) -> Phase:
    """Returns the phase with the rate that it trains with. One that was looked for is kept in the state at once."""
    phase = session.phases[index]
    if phase.learning_rate != AUTO:
        return phase
    if phase.name not in session.rates:
        fitted, train, _ = session.cache.open(index)
        found = sweep_phase(session.model, phase, session.training, fitted, train)
        session.reporter.note(f"learning rate {found.suggestion:.2g}: {found.how}")
        plot_learning_rates(found, session.folder / f"learning_rate_{phase.name}.png")
        session.rates[phase.name] = {
            "learning_rate": found.suggestion,
            "learning_rate_choice": found.how,
        }
        session.checkpoint(State(index))
    return replace(phase, learning_rate=session.rates[phase.name]["learning_rate"])


def _fit(
    session: Session, index: int, phase: Phase, saved: Saved | None, before: int, keep_best: KeepBest
) -> None:
    model, training = session.model, session.training
    fitted, train, validation = session.cache.open(index)
    optimizer = session.own.optimizer_of(phase, train.steps) or make_optimizer(
        training.optimizer, phase, train.steps, training.weight_decay, freezing.depths(model)
    )
    if model.dtype_policy.name == "mixed_float16":
        # Keras does so by the policy of the model that is fitted, and a tail has none
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    fitted.compile(
        optimizer=optimizer,
        auto_scale_loss=False,
        jit_compile=environment.jit_compile(),
        steps_per_execution=_steps_per_call(session.cache, index),
        **keep_best.objective.compiled(),
    )
    # `fit` would make the optimizer's variables inside the graph of the train step, and trace that twice
    fitted.optimizer.build(fitted.trainable_variables)
    epoch = saved[0].epoch if saved else 0
    if saved and epoch:
        restore(optimizer_variables(fitted.optimizer), saved[1])

    def record(row: Epoch) -> None:
        session.rows.append(row)
        write_history(session.rows, session.folder / "history.csv")
        session.reporter.epoch(row, phase.epochs)

    changing = model_variables(model) | optimizer_variables(fitted.optimizer)

    def keep_state(epoch: int, stopped: bool) -> None:
        state = State(index, epoch, stopped, keep_best.score, keep_best.epoch)
        best = {} if state.best_is_last else numbered(BEST, keep_best.values)
        session.checkpoint(state, changing | best)

    within = Within(lambda number: session.reporter.within(number, phase.epochs), train.steps)
    callbacks: list[keras.callbacks.Callback] = [
        SetEpoch((train, validation), before),
        within,
        StopAtNonFinite(phase.name, train.steps, session.folder, fitted.steps_per_execution),
        Recorder(phase.name, keep_best.objective, record),
        keep_best,
        *own_callbacks.made(session.callbacks, session.phases[index], model, before, session.reporter.warn),
        Checkpoint(keep_state),
    ]
    with within.count, own_callbacks.optimizer_shown(model, fitted):
        fitted.fit(
            feed(train),
            validation_data=feed(validation),
            initial_epoch=epoch,
            epochs=phase.epochs,
            shuffle=False,  # the batches are shuffled already
            verbose=0,
            callbacks=callbacks,
        )


def _steps_per_call(cache: FeatureCache, index: int) -> int:
    """Returns how many steps a call of the graph makes; one on JAX, where several would be as many calls."""
    choice = cache.choices[index]
    alone = choice.place != "off" and choice.cut == cache.sections.top
    return HEAD_STEPS if alone and keras.backend.backend() == "tensorflow" else 1
