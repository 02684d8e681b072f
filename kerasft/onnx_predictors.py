"""Predicting pictures with an `.onnx` file that kerasft wrote, on onnxruntime."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from kerasft import artifact as artifacts
from kerasft.errors import InputError, KerasftError, Problem, UnavailableError
from kerasft.predictors import batches_of, first_line

INSTALL = 'pip install "kerasft[onnx]"'


class OnnxPredictor:
    """Predicts with an `.onnx` file, in batches; see `kerasft.predictors.Predictor`.

    Args:
        path: A file written by kerasft.
        num_threads: CPU threads; None is all cores.

    Raises:
        InputError: It is no such file, or damaged.
        UnavailableError: onnxruntime is not installed.
    """

    kind = "onnx"

    def __init__(self, path: str | Path, num_threads: int | None = None):
        path = Path(path)
        content = path.read_bytes()
        self.session = _open(path, content, num_threads or os.cpu_count() or 1)
        description = _description(self.session, content, path)
        self.class_names, self.image_size = description.class_names, description.image_size
        self.resize, self.score_threshold = description.resize, description.score_threshold
        inputs, outputs = self.session.get_inputs(), self.session.get_outputs()
        expected = [self.image_size, self.image_size, 3], [len(self.class_names)]
        found = [each.shape[1:] for each in (*inputs, *outputs)]
        if found != list(expected):
            problem = f"the model's input and output are {found}, and its description says {list(expected)}"
            raise InputError(Problem(problem, str(path), artifacts.EXPORT_AGAIN))
        self.input = inputs[0].name

    def predict(self, images: np.ndarray) -> np.ndarray:
        """Returns float32 probabilities (n, classes) of uint8 RGB pictures (n, image_size, image_size, 3)."""
        answers = [np.zeros((0, len(self.class_names)), "float32")]
        for batch in batches_of(self, images):
            answers += self.session.run(None, {self.input: batch.astype("float32")})
        return np.concatenate(answers)


def _open(path: Path, content: bytes, num_threads: int) -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        if importlib.util.find_spec("onnxruntime") is not None:
            raise KerasftError(f"onnxruntime is installed but broken: {error}; install it again") from error
        raise UnavailableError(f"onnxruntime runs .onnx files and is missing: {INSTALL}") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = num_threads
    options.log_severity_level = 4
    try:
        # from bytes, so that the file can't point to other files for its weights
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has a class of exception for each of its states
        problem = f"onnxruntime can't load the .onnx file: {first_line(error)}"
        raise InputError(Problem(problem, str(path), f"{artifacts.EXPORT_AGAIN} --format onnx")) from error


def _description(session: Any, content: bytes, path: Path) -> artifacts.Description:
    text = session.get_modelmeta().custom_metadata_map.get(artifacts.DESCRIPTION_NAME, "")
    next_step = f"{artifacts.EXPORT_AGAIN} --format onnx"
    if not text:
        problem = "the .onnx file carries no class names (kerasft.json), so it is not from kerasft"
        raise InputError(Problem(problem, str(path), next_step))
    description = artifacts.parse_description(text.encode(), path)
    values = json.loads(text)
    size = values.get("model_bytes")
    model = content[:size] if isinstance(size, int) and 0 < size <= len(content) else b""
    if hashlib.sha256(model).hexdigest() != values.get("sha256"):
        problem = "the model in the .onnx file is damaged or was changed: its hash is another"
        raise InputError(Problem(problem, str(path), next_step))
    return description
