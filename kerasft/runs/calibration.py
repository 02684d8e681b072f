"""A run's temperature: fitted once, kept in its folder, used by the run and by every file exported from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kerasft.predicting.runtimes import KerasPredictor
from kerasft.predicting.text_runs import KerasTextPredictor
from kerasft.targets.classes.calibration import Calibration, calibrate, read_calibration, write_calibration


def calibrate_run(run: Any, splits: Any, model: Any = None, logits: Any = None) -> Calibration:
    """Fits the temperature of a run's weights on its validation split, and writes `calibration.json`.

    Args:
        run: A `Run`.
        splits: Its splits.
        model: The model with these weights, where the caller has it; default: loaded from the run.
        logits: The validation split's (examples, classes), where the caller has them.
    """
    if logits is None:
        predictor = uncalibrated(run, run.load_model() if model is None else model)
        logits = split_logits(predictor, splits.validation)
    found = calibrate(logits, splits.validation.labels)
    write_calibration(Path(run.run_dir), weights_key(run), found)
    return found


def calibration_of(run: Any) -> Calibration | None:
    """Returns what was fitted for a run's weights, or None: it was made before kerasft did so, or not ended."""
    return read_calibration(Path(run.run_dir), weights_key(run))


def uncalibrated(run: Any, model: Any) -> Any:
    """Returns a predictor with temperature 1: of pictures, or of texts."""
    if run.model_config.task == "text_classification":
        on_pairs = run.config["data"]["columns"]["text_pair"] is not None
        return KerasTextPredictor(model, on_pairs)
    return KerasPredictor(model, run.model_config)


def split_logits(predictor: Any, split: Any) -> Any:
    """Returns the logits (examples, classes) of a split of pictures or of texts."""
    if hasattr(split, "texts"):
        return predictor.logits(split.texts, split.pairs)
    return predictor.logits(split.images)


def weights_key(run: Any) -> str:
    """Returns the hash of the weights that a run predicts with, as its result.json lists it."""
    return str(run.result["weights"].get(run.weights, {}).get("sha256", ""))
