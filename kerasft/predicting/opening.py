"""Opening any artifact for prediction: a run, a SavedModel or a `.tflite`, of pictures or of texts."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from kerasft.base.bundle_file import is_bundle
from kerasft.base.errors import InputError, Problem
from kerasft.formats import description as artifacts
from kerasft.formats import text_description
from kerasft.formats.description import WHAT_TO_GIVE
from kerasft.predicting.runtimes import Predictor, SavedModelPredictor, TFLitePredictor
from kerasft.predicting.text_onnx_predictors import load_onnx
from kerasft.predicting.text_predictors import TextSavedModelPredictor, TextTFLitePredictor
from kerasft.runs.calibration import calibration_of, uncalibrated
from kerasft.runs.run import Run


def load_predictor(path: str | Path, trust: bool = False) -> Any:
    """Opens any artifact for prediction.

    Args:
        path: A run folder, a bundle, a SavedModel folder, a `.tflite` or an `.onnx` file.
        trust: Whether a SavedModel that was not exported here may run; see `kerasft.formats.trust`.

    Raises:
        InputError: There is nothing there, or it is damaged, or not from kerasft; the text says which.
        UnavailableError: A `.tflite` file is given and ai-edge-litert is not installed.
    """
    path = Path(path)
    if path.is_file():
        if path.suffix == ".tflite":
            return TextTFLitePredictor(path) if text_description.is_text(path) else TFLitePredictor(path)
        if path.suffix == ".onnx":
            return load_onnx(path)
        if is_bundle(path):
            return predictor_of_run(Run.open(path))
        raise InputError(Problem(f"a {path.suffix or 'plain'} file can't predict", str(path), WHAT_TO_GIVE))
    if not path.is_dir():
        raise InputError(Problem("there is no such artifact", str(path), WHAT_TO_GIVE))
    if (path / "saved_model.pb").exists() or (path / artifacts.DESCRIPTION_NAME).exists():
        kind = TextSavedModelPredictor if text_description.is_text(path) else SavedModelPredictor
        return kind(path, trust)
    if (path / "config.json").exists():
        return predictor_of_run(Run.open(path))
    inside = ", ".join(sorted(each.name for each in path.iterdir())[:5]) or "nothing"
    problem = f"the folder is neither a run nor a SavedModel (it holds: {inside})"
    raise InputError(Problem(problem, str(path), WHAT_TO_GIVE))


def as_predictor(artifact: Any, trust: bool = False) -> Any:
    """Returns a predictor for a path, a `Run` or a predictor (which is returned as it is)."""
    if isinstance(artifact, str | os.PathLike):
        return load_predictor(Path(artifact), trust)
    if hasattr(artifact, "load_model"):
        return predictor_of_run(artifact)
    if isinstance(artifact, Predictor) or hasattr(artifact, "predict"):
        return artifact
    raise InputError(Problem("this is no artifact", type(artifact).__name__, WHAT_TO_GIVE))


def predictor_of_run(run: Any) -> Any:
    """Returns a predictor with the weights of a `Run`, in float32, and its temperature: of pictures, or of texts."""
    predictor, calibration = uncalibrated(run, run.load_model()), calibration_of(run)
    predictor.temperature = 1.0 if calibration is None else calibration.temperature
    return predictor
