"""What was fitted on a run's validation split: kept in its folder, used by it and by every file exported from it."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from kerasft.base import files
from kerasft.base.bounded import RefusedFile
from kerasft.base.errors import InputError, Problem
from kerasft.contract.calibration import Calibration
from kerasft.contract.encoder import Outputs
from kerasft.contract.plan import Training
from kerasft.contract.registry import task_of
from kerasft.contract.splits import Column

if TYPE_CHECKING:
    from kerasft.runs.run import Run

FILE = "calibration.json"  # in the run folder


def calibrate_run(run: Run, outputs: Outputs, targets: Column) -> Calibration:
    """Fits what turns outputs into answers on the run's validation split, and writes `calibration.json`.

    Args:
        run: A `Run`.
        outputs: The model's outputs of the validation split (examples, ...).
        targets: Its targets (examples,).
    """
    found = task_of(run.model_config.task).targets.calibrate(outputs, targets, run.schema, training_of(run))
    keep_calibration(run, found)
    return found


def keep_calibration(run: Run, calibration: Calibration) -> None:
    """Adds what was fitted for the weights of a run to its `calibration.json`."""
    path = Path(run.run_dir) / FILE
    try:
        earlier = files.read_json(path)
    except (OSError, ValueError):
        earlier = {}
    earlier = earlier if isinstance(earlier, dict) else {}
    files.write_json(path, {**earlier, weights_key(run): calibration.as_dict()})


def calibration_of(run: Run) -> Calibration | None:
    """Returns what was fitted for a run's weights, or None: it was made before kerasft did so, or not ended.

    Raises:
        InputError: The file is damaged: without it, all answers would be other ones.
    """
    path = Path(run.run_dir) / FILE
    try:
        everything = files.read_json(path)
        if not isinstance(everything, dict):
            raise ValueError("it holds no object")
        values = everything.get(weights_key(run))
        if values is None:
            return None
        if not isinstance(values, dict):
            raise ValueError("what it says of the weights is no object")
        return task_of(run.model_config.task).targets.read_calibration(values)
    except FileNotFoundError:
        return None
    except RefusedFile:
        raise
    except (InputError, OSError, ValueError) as error:
        what = f"the run's {FILE} can't be read: {' '.join(str(error).split())[:200]}"
        hint = "get it again from where it came, or remove it: answers are then as trained"
        raise InputError(Problem(what, str(path), hint)) from error


def training_of(run: Run) -> Training:
    """Returns the settings that a run was trained with."""
    known = {each.name for each in dataclasses.fields(Training)}
    return Training(**{name: value for name, value in run.config["training"].items() if name in known})


def weights_key(run: Run) -> str:
    """Returns the hash of the weights that a run predicts with, as its result.json lists it."""
    return str(run.result["weights"].get(run.weights, {}).get("sha256", ""))
