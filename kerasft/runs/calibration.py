"""A run's temperature: fitted once, kept in its folder, used by the run and by every file exported from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from kerasft.targets.classes.calibration import Calibration, calibrate, read_calibration, write_calibration


def calibrate_run(run: Any, logits: np.ndarray, labels: np.ndarray) -> Calibration:
    """Fits the temperature of a run's weights on its validation split, and writes `calibration.json`.

    Args:
        run: A `Run`.
        logits: The validation split's (examples, classes).
        labels: Its labels, int (examples,).
    """
    found = calibrate(logits, labels)
    write_calibration(Path(run.run_dir), weights_key(run), found)
    return found


def calibration_of(run: Any) -> Calibration | None:
    """Returns what was fitted for a run's weights, or None: it was made before kerasft did so, or not ended."""
    return read_calibration(Path(run.run_dir), weights_key(run))


def weights_key(run: Any) -> str:
    """Returns the hash of the weights that a run predicts with, as its result.json lists it."""
    return str(run.result["weights"].get(run.weights, {}).get("sha256", ""))
