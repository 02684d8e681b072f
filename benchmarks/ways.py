"""One way to do one piece of work, measured in this process: `python -m benchmarks.ways CASE WAY`.

`benchmarks.two_phase` starts it. CASE is JSON (`Case.to_json`); the last line of the output is JSON, too.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.cases import Case, build_model, plan, read_splits
from benchmarks.clock import Clock, by_phase

ONEDNN = "TF_ENABLE_ONEDNN_OPTS"


def measure(case: Case, way: str) -> dict[str, Any]:
    """Does the work in one way and returns what it took, in all and by phase, and what came out."""
    import kerasft  # noqa: F401

    if way == "plain":  # the import of kerasft has set it; TensorFlow reads it at its own, which comes now
        os.environ.pop(ONEDNN, None)
    import numpy as np
    from tensorflow.python.util import _pywrap_util_port

    splits = read_splits(case)
    model = build_model(case, splits.class_names)
    phases, training = plan(case)
    work = {"kerasft": with_kerasft, "bare": with_bare}.get(way, with_plain)
    with tempfile.TemporaryDirectory() as folder:
        clocks, accuracies = work(model, splits, phases, training, Path(folder) / "run")
    validation = splits.validation
    inputs = model.encoder(validation.texts) if case.is_text else validation.images.astype("float32")
    model.jit_compile = False
    answers = model.predict(inputs, verbose=0).argmax(1)
    return {
        **by_phase(clocks, [phase.name for phase in phases], accuracies),
        # Of the model as it is now, whole, whatever the way reported while it trained.
        "accuracy": float(np.mean(answers == validation.labels)),
        "onednn": bool(_pywrap_util_port.IsMklEnabled()),
    }


def with_kerasft(
    model: Any, splits: Any, phases: Any, training: Any, folder: Path
) -> tuple[list[Clock], list[float]]:
    """Trains with kerasft."""
    import kerasft
    from kerasft.training import phases as fitting

    run_phase, clocks = fitting.run_phase, []

    def timed(*arguments: Any) -> Any:
        result = run_phase(*arguments)
        clocks.append(Clock.read())
        return result

    fitting.run_phase = timed  # type: ignore[assignment]  # a reading after each phase
    begin = Clock.read()
    run = kerasft.fine_tune(model, splits, phases, folder, training, verbose=False)
    fitting.run_phase = run_phase
    clocks[-1] = (
        Clock.read()
    )  # what comes after the last phase counts, too: the temperature, the result's files
    return [begin, *clocks], [run.result["phases"][phase.name]["metrics"]["val_accuracy"] for phase in phases]


def with_plain(
    model: Any, splits: Any, phases: Any, training: Any, folder: Path
) -> tuple[list[Clock], list[float]]:
    """Trains the whole model in every phase, as Keras' guide to transfer learning does."""
    import keras

    from kerasft.contract.registry import task_of
    from kerasft.training import freezing

    train, validation = task_of(model.kerasft.task).make_batches(model, splits, training)
    clocks, accuracies, done = [Clock.read()], [], 0
    for phase in phases:
        freezing.set_trainable(model, phase.unfreeze)
        model.compile(**objective(model, phase, train.steps, training))
        best = keras.callbacks.ModelCheckpoint(
            f"{folder}-{phase.name}.weights.h5", "val_accuracy", save_best_only=True, save_weights_only=True
        )
        order = keras.callbacks.LambdaCallback(
            on_epoch_begin=lambda epoch, logs, done=done: train.begin_epoch(done + epoch)
        )
        history = model.fit(
            train.dataset(), validation_data=validation.dataset(), epochs=phase.epochs, verbose=0,
            callbacks=[order, best],
        )  # fmt: skip
        done += phase.epochs
        clocks.append(Clock.read())
        accuracies.append(history.history["val_accuracy"][-1])
    return clocks, accuracies


def with_bare(
    model: Any, splits: Any, phases: Any, training: Any, folder: Path
) -> tuple[list[Clock], list[float]]:
    """Runs the frozen part once, and then nothing but the steps of the rest: what can't be avoided."""
    import keras

    from kerasft.base import environment
    from kerasft.contract.registry import task_of
    from kerasft.networks.sections import Sections
    from kerasft.training import freezing

    environment.make_deterministic()
    keras.utils.set_random_seed(training.seed)
    sections = Sections(model)
    train, validation = task_of(model.kerasft.task).make_batches(model, splits, training)
    clocks, accuracies, cuts, lower = [Clock.read()], [], [], 0
    kept: dict[tuple[Any, int], dict[str, Any]] = {}
    for phase in phases:
        freezing.set_trainable(model, phase.unfreeze)
        cuts.append(sections.frozen())
    for cut in sorted(set(cuts)):
        stage = sections.between(lower, cut)
        stage.jit_compile = False
        for batches in (train, validation):
            kept[batches, cut] = _outputs(stage, batches, kept.get((batches, lower)))
        lower = cut
    for phase, cut in zip(phases, cuts, strict=True):
        freezing.set_trainable(model, phase.unfreeze)
        tail = sections.between(cut, None)
        tail.compile(jit_compile=False, **objective(model, phase, train.steps, training))
        labels = [batches.encode(batches.targets) for batches in (train, validation)]
        history = tail.fit(
            kept[train, cut], labels[0], batch_size=32, epochs=phase.epochs, verbose=0,
            validation_data=(kept[validation, cut], labels[1]),
        )  # fmt: skip
        clocks.append(Clock.read())
        accuracies.append(history.history["val_accuracy"][-1])
    return clocks, accuracies


def _outputs(stage: Any, batches: Any, below: Any) -> dict[str, Any]:
    """Returns what leaves a stage for all examples, from the raw inputs or from what entered it."""
    import numpy as np

    parts = []
    for step in range(batches.steps):
        rows = slice(step * batches.batch_size, (step + 1) * batches.batch_size)
        inputs = batches.view(0, step)[0] if below is None else {k: v[rows] for k, v in below.items()}
        parts.append(stage.predict_on_batch(inputs))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def objective(model: Any, phase: Any, steps: int, training: Any) -> dict[str, Any]:
    """Returns the arguments of `compile`: kerasft's loss and metrics, Keras' own optimizer and schedule."""
    import keras

    from kerasft.contract.registry import task_of

    warmup = round(phase.warmup * phase.epochs * steps)
    rate = phase.learning_rate
    if phase.decay or warmup:
        rate = keras.optimizers.schedules.CosineDecay(
            0.0 if warmup else rate,
            max(1, phase.epochs * steps - warmup),
            alpha=0.0 if phase.decay else 1.0,
            warmup_target=rate if warmup else None,
            warmup_steps=warmup,
        )
    optimizer = keras.optimizers.AdamW(rate, weight_decay=training.weight_decay)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return {
        "optimizer": optimizer,
        **task_of(model.kerasft.task).objective(model.kerasft, training).compiled(),
    }


def main(arguments: Sequence[str]) -> None:
    """Measures and prints the row."""
    print(json.dumps(measure(Case.from_json(arguments[0]), arguments[1])))


if __name__ == "__main__":
    main(sys.argv[1:])
