"""Opening any artifact for prediction: a run, a bundle, a SavedModel, a `.tflite` or an `.onnx` file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

from kerasft.base.bounded import is_plain
from kerasft.base.bundle_file import is_bundle
from kerasft.base.errors import InputError, Problem
from kerasft.base.json_values import JsonFields
from kerasft.contract.encoder import Encoder, Runtime, inputs_taken
from kerasft.contract.model_config import ModelConfig
from kerasft.contract.registry import task_of
from kerasft.formats.description import (
    DESCRIPTION_NAME,
    EXPORT_AGAIN,
    WHAT_TO_GIVE,
    Description,
    read_embedded,
    read_saved_model,
)
from kerasft.formats.litert import check_is_tflite
from kerasft.formats.onnx_file import open_onnx
from kerasft.formats.trust import require_trust
from kerasft.predicting.artifact import Artifact
from kerasft.predicting.predictor import Predictor
from kerasft.predicting.runtimes import LiteRTRuntime, OnnxRuntime, SavedModelRuntime
from kerasft.runs.answering import KerasRuntime
from kerasft.runs.calibration import calibration_of

if TYPE_CHECKING:
    import keras

    from kerasft.runs.run import Run


def load_predictor(path: str | Path, trust: bool = False) -> Predictor:
    """Opens any artifact for prediction.

    Args:
        path: A run folder, a bundle, a SavedModel folder, a `.tflite` or an `.onnx` file.
        trust: Whether a SavedModel that was not exported here may run; see `kerasft.formats.trust`.

    Raises:
        InputError: There is nothing there, or it is damaged, or not from kerasft; the text says which.
        UnavailableError: A package that runs such a file is not installed.
    """
    path = Path(path)
    if not path.is_dir() and is_plain(path):
        if path.suffix in (".tflite", ".onnx"):
            return predictor_of_file(path)
        if is_bundle(path):
            return predictor_of_run(_run(path))
        raise InputError(Problem(f"a {path.suffix or 'plain'} file can't predict", str(path), WHAT_TO_GIVE))
    if not path.is_dir():
        raise InputError(Problem("there is no such artifact", str(path), WHAT_TO_GIVE))
    if (path / "saved_model.pb").exists() or (path / DESCRIPTION_NAME).exists():
        return predictor_of_file(path, trust=trust)
    if (path / "config.json").exists():
        return predictor_of_run(_run(path))
    inside = ", ".join(sorted(each.name for each in path.iterdir())[:5]) or "nothing"
    problem = f"the folder is neither a run nor a SavedModel (it holds: {inside})"
    raise InputError(Problem(problem, str(path), WHAT_TO_GIVE))


def _run(path: Path) -> Run:
    from kerasft.runs.run import Run  # which imports Keras: files are opened without it

    return Run.open(path)


def as_predictor(artifact: Artifact, trust: bool = False) -> Predictor:
    """Returns a predictor for a path, a `Run` or a predictor (which is returned as it is)."""
    if isinstance(artifact, str | os.PathLike):
        return load_predictor(Path(artifact), trust)
    if hasattr(artifact, "load_model"):
        return predictor_of_run(cast("Run", artifact))
    if hasattr(artifact, "predict"):
        return artifact
    raise InputError(Problem("this is no artifact", type(artifact).__name__, WHAT_TO_GIVE))


def predictor_of_run(run: Run, model: keras.Model | None = None) -> Predictor:
    """Returns a predictor with the weights of a `Run`, in float32, and its calibration, where it has one.

    Args:
        run: The run.
        model: With these weights, where the caller has it; default: loaded from the run.
    """
    model = run.load_model() if model is None else model
    calibration = calibration_of(run)
    served = {} if calibration is None else calibration.served
    return predictor_of_model(model, run.model_config, served, run.config["data"])


def predictor_of_model(
    model: keras.Model,
    config: ModelConfig | None = None,
    served: JsonFields = MappingProxyType({}),
    data: JsonFields | None = None,
) -> Predictor:
    """Returns a predictor with a Keras model: the reference of every exported file.

    Args:
        model: From `build_model`. It is used for prediction only from now on.
        config: Its config; default: the one that it carries as `kerasft`.
        served: Of its calibration: see `Predictor`.
        data: What config.json says of its run's data; None: not known, so texts and pairs of texts are both taken.
    """
    config = model.kerasft if config is None else config
    task = task_of(config.task)
    encoder = task.inputs.encoder_of_model(model, config, data)
    schema = task.targets.schema_of(vars(config))
    return Predictor("run", task, encoder, KerasRuntime(model), schema).calibrated(served)


def predictor_of_file(path: str | Path, num_threads: int | None = None, trust: bool = False) -> Predictor:
    """Opens an exported file. Nothing of it is run before its description and its hashes were compared.

    Args:
        path: A `.tflite` or `.onnx` file, or a SavedModel folder.
        num_threads: CPU threads, of files; None is all cores.
        trust: Whether the user vouches for a SavedModel; one that was exported here needs nobody to.

    Raises:
        InputError: It is no such file, or damaged, or was changed.
        UnavailableError: What runs such files is not installed.
    """
    path = Path(path)
    kind = "saved_model" if path.is_dir() else path.suffix.removeprefix(".")
    description, runtime, encoder = _OPEN.get(kind, _tflite)(path, num_threads, trust)
    task = task_of(description.task)
    found = Predictor(kind, task, encoder, runtime, description.schema, None, description)
    _require_shapes(found, path)
    return found


Opened = tuple[Description, Runtime, Encoder]


def _saved_model(path: Path, num_threads: int | None, trust: bool) -> Opened:
    description = read_saved_model(path)
    require_trust(path / DESCRIPTION_NAME, trust)
    encoder = task_of(description.task).inputs.raw_encoder(description.inputs)
    return description, SavedModelRuntime(path), encoder


def _onnx(path: Path, num_threads: int | None, trust: bool) -> Opened:
    file = open_onnx(path, num_threads)
    description, kept = file.read()
    return description, OnnxRuntime(file.session, path), _encoder(description, kept, path)


def _tflite(path: Path, num_threads: int | None, trust: bool) -> Opened:
    check_is_tflite(path)
    description, kept = read_embedded(path)
    return description, LiteRTRuntime(path, num_threads), _encoder(description, kept, path)


def _encoder(description: Description, kept: Mapping[str, bytes], path: Path) -> Encoder:
    return task_of(description.task).inputs.encoder_of_file(description.inputs, kept, path)


_OPEN = {"saved_model": _saved_model, "onnx": _onnx, "tflite": _tflite}


def _require_shapes(predictor: Predictor, path: Path) -> None:
    """Raises `InputError` if a model's inputs and outputs are others than its description says."""
    runtime, encoder = predictor.runtime, predictor.encoder
    taken = inputs_taken(runtime, encoder)
    fits = taken and all(
        tuple(runtime.inputs[name]) == encoder.specs[source].shape for name, source in taken.items()
    )
    answers = predictor.task.targets.file_shapes(predictor.schema)
    several = len(answers) > 1  # of one output, the name is not asked for
    found_shapes = dict(runtime.outputs) if several else list(runtime.outputs.values())
    if not fits or found_shapes != (dict(answers) if several else list(answers.values())):
        found = f"{dict(runtime.inputs)} and {dict(runtime.outputs)}"
        problem = f"the model's inputs and outputs are not those of its description: {found}"
        raise InputError(Problem(problem, str(path), EXPORT_AGAIN))
