"""Predicting pictures with an `.onnx` file that kerasft wrote, on onnxruntime."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from kerasft.base.bounded import RefusedFile, read_bytes
from kerasft.base.errors import InputError, KerasftError, Problem, UnavailableError
from kerasft.formats import description as artifacts
from kerasft.formats.onnx_contents import INSTALL, MOST_BYTES, check_contents
from kerasft.predicting.runtimes import batches_of, first_line

_EXPORT_AGAIN = f"{artifacts.EXPORT_AGAIN} --format onnx"


@dataclass(frozen=True, eq=False)
class OnnxFile:
    """An `.onnx` file of kerasft that onnxruntime has loaded.

    Args:
        path: The file.
        session: An `onnxruntime.InferenceSession`.
        metadata: Its `metadata_props`: labels, description, and of text models the tokenizer's files.
        content: Its bytes.
    """

    path: Path
    session: Any
    metadata: Mapping[str, str]
    content: bytes = field(repr=False)

    @property
    def description(self) -> bytes:
        """The content of `kerasft.json`, not checked."""
        return self.metadata[artifacts.DESCRIPTION_NAME].encode()

    @property
    def task(self) -> str:
        """What the description says that the file is for; "" if it can't be read."""
        return str(self._values().get("task", ""))

    def model_hash(self) -> str:
        """Returns the SHA-256 of the model without its metadata, which follow it."""
        size = self._values().get("model_bytes")
        fits = isinstance(size, int) and 0 < size <= len(self.content)
        return hashlib.sha256(self.content[:size] if fits else b"").hexdigest()

    def require_unchanged(self) -> None:
        """Raises `InputError` if the model is another than the description belongs to."""
        expected = self._values().get("sha256")
        if (expected.get("model") if isinstance(expected, dict) else expected) != self.model_hash():
            problem = "the model in the .onnx file is damaged or was changed: its hash is another"
            raise InputError(Problem(problem, str(self.path), _EXPORT_AGAIN))

    def require_shapes(self, inputs: list[Any], outputs: list[Any]) -> None:
        """Raises `InputError` if inputs and outputs are others than the description says; the batch is left out."""
        found = [
            [each.shape[1:] for each in side]
            for side in (self.session.get_inputs(), self.session.get_outputs())
        ]
        if found != [inputs, outputs]:
            problem = (
                f"the model's inputs and outputs are {found}, and its description says {[inputs, outputs]}"
            )
            raise InputError(Problem(problem, str(self.path), artifacts.EXPORT_AGAIN))

    def _values(self) -> dict[str, Any]:
        try:
            values = json.loads(self.description)
        except (ValueError, RecursionError):
            return {}
        return values if isinstance(values, dict) else {}


def open_onnx(path: str | Path, num_threads: int | None = None) -> OnnxFile:
    """Loads an `.onnx` file with onnxruntime; its description is there, and not yet checked.

    Args:
        path: A file written by kerasft.
        num_threads: CPU threads; None is all cores.

    Raises:
        InputError: It is no such file.
        UnavailableError: onnxruntime is not installed.
    """
    path = Path(path)
    try:
        content = read_bytes(path, MOST_BYTES)
    except RefusedFile as error:
        raise InputError(
            Problem(f"the .onnx file can't be used: {error.strerror}", str(path), _EXPORT_AGAIN)
        ) from None
    check_contents(content, path, _EXPORT_AGAIN)
    session = _session(path, content, num_threads or os.cpu_count() or 1)
    try:
        metadata = dict(session.get_modelmeta().custom_metadata_map)
    except UnicodeDecodeError as error:  # in the names or the values
        raise InputError(Problem(f"the .onnx file is damaged: {error}", str(path), _EXPORT_AGAIN)) from error
    if not metadata.get(artifacts.DESCRIPTION_NAME):
        problem = "the .onnx file carries no class names (kerasft.json), so it is not from kerasft"
        raise InputError(Problem(problem, str(path), _EXPORT_AGAIN))
    return OnnxFile(path, session, metadata, content)


class OnnxPredictor:
    """Predicts with an `.onnx` file, in batches; see `kerasft.predicting.runtimes.Predictor`.

    Args:
        file: A file written by kerasft, or an `OnnxFile`.
        num_threads: CPU threads; None is all cores.

    Raises:
        InputError: It is no such file, or damaged.
        UnavailableError: onnxruntime is not installed.
    """

    kind = "onnx"

    def __init__(self, file: str | Path | OnnxFile, num_threads: int | None = None):
        opened = file if isinstance(file, OnnxFile) else open_onnx(file, num_threads)
        description = artifacts.parse_description(opened.description, opened.path)
        opened.require_unchanged()
        self.session = opened.session
        self.class_names, self.image_size = description.class_names, description.image_size
        self.resize, self.score_threshold = description.resize, description.score_threshold
        self.bit_depth = description.bit_depth
        opened.require_shapes([[self.image_size, self.image_size, 3]], [[len(self.class_names)]])
        self.input = self.session.get_inputs()[0].name

    def predict(self, images: np.ndarray) -> np.ndarray:
        """Returns float32 probabilities (n, classes) of uint8 RGB pictures (n, image_size, image_size, 3)."""
        answers = [np.zeros((0, len(self.class_names)), "float32")]
        for batch in batches_of(self, images):
            answers += self.session.run(None, {self.input: batch.astype("float32")})
        return np.concatenate(answers)


def _session(path: Path, content: bytes, num_threads: int) -> Any:
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
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has a class of exception for each of its states
        problem = f"onnxruntime can't load the .onnx file: {first_line(error)}"
        raise InputError(Problem(problem, str(path), _EXPORT_AGAIN)) from error
