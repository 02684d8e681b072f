"""A run of a model that was built and trained elsewhere: from here on, all verbs work with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import keras

from kerasft.base.errors import raise_problems
from kerasft.base.locking import locked
from kerasft.contract.plan import Training
from kerasft.contract.registry import task_of
from kerasft.contract.splits import Splits
from kerasft.data.feeding import feed
from kerasft.runs.answering import outputs_of_run
from kerasft.runs.calibration import calibrate_run
from kerasft.runs.folder import PhaseResult, new_run_dir, write_plan, write_result
from kerasft.runs.model import save_weights
from kerasft.runs.run import Run, weights_path

PHASE = "own"


def run_from_model(
    model: keras.Model,
    splits: Splits,
    run_dir: str | Path,
    *,
    task: str,
    preprocessing: str | Callable[[keras.KerasTensor], keras.KerasTensor],
    name: str | None = None,
    overwrite: bool = False,
) -> Run:
    """Makes a run of a model that you built and trained yourself: all verbs work with it.

    `start_from` trains it on. Its part up to the last dense layer becomes a backbone of your own, copied and
    registered under `name`; see `kerasft.register_backbone`, which whoever opens the run in another process calls.

    Args:
        model: Functional or sequential, from images (batch, height, width, 3) to one answer for each: of classes a
            softmax or logits in the order of `splits.class_names`, or, of two, a sigmoid for the second; of labels a
            sigmoid or logits; of numbers these numbers, in the units of the data.
        splits: With images of the model's size. Its validation split calibrates the answers.
        run_dir: A new folder.
        task: Which task of images, as for `build_model`.
        preprocessing: What the model expects of RGB values 0..255: see `kerasft.register_backbone`.
        name: Of the backbone; default: the model's own name.
        overwrite: Whether an earlier run in `run_dir` may be deleted.

    Raises:
        InputError: The model is none of these, or has other answers than the data.
    """
    kind = task_of(task)
    adopted = kind.adopted(model, splits, name or model.name, preprocessing)
    kind.adopt_reading(adopted, splits)
    raise_problems(kind.fit_problems(splits, adopted.kerasft))
    folder, training = new_run_dir(run_dir, "", overwrite), Training()
    with locked(folder):
        config = write_plan(folder, adopted, splits, (), training, ())
        objective = kind.objective(adopted.kerasft, training)
        adopted.compile(**objective.compiled())
        _, validation = kind.make_batches(adopted, splits, training)
        logs = adopted.evaluate(feed(validation), verbose=0, return_dict=True)
        measured = objective.values(objective.score({f"val_{each}": value for each, value in logs.items()}))
        save_weights(adopted, weights_path(folder, PHASE))
        reached = PhaseResult(0, 0, measured, (), 0, "", 0.0)
        write_result(folder, adopted, {PHASE: reached}, objective)
        run = Run(folder, config, in_memory=splits)
        calibrate_run(run, outputs_of_run(run, adopted, splits.validation.examples), splits.validation.labels)
    return run
