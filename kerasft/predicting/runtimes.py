"""Exported files as runtimes: arrays in, arrays out. What a file means lies in its description, not here.

A file is opened here only after its description and its hashes were compared. TensorFlow, LiteRT and onnxruntime are
imported when a runtime needs them. See `kerasft.contract.encoder.Runtime`.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kerasft.base.errors import InputError, Problem, first_line
from kerasft.base.plain_paths import plain_path
from kerasft.base.quiet import quiet
from kerasft.formats.description import EXPORT_AGAIN
from kerasft.formats.litert import open_interpreter

if TYPE_CHECKING:
    import onnxruntime

SERVE = "serve"
Details = Mapping[
    str, Any
]  # of a tensor, as LiteRT tells them: "name", "index", "shape", "dtype", "quantization"


class FileStopped(InputError, RuntimeError):
    """A file that could be loaded can't be run: an operation has no kernel, or others give it what it can't take."""

    def __init__(self, path: Path, error: Exception):
        self.why = first_line(error)
        super().__init__(
            Problem(f"the {path.suffix} file stops while it runs: {self.why}", str(path), EXPORT_AGAIN)
        )


class SavedModelRuntime:
    """The `serve` endpoint of a SavedModel folder, which is a program: its trust is asked for before.

    Args:
        folder: The SavedModel.

    Raises:
        InputError: TensorFlow can't load it.
    """

    def __init__(self, folder: Path):
        import tensorflow as tf

        try:
            with quiet(), plain_path(folder) as plain:
                self.loaded = tf.saved_model.load(str(plain))
            serve = self.loaded.signatures[SERVE]
            given, answers = serve.structured_input_signature[1], serve.structured_outputs
            self.inputs = {name: tuple(spec.shape.as_list()[1:]) for name, spec in given.items()}
            self.outputs = {name: tuple(spec.shape.as_list()[1:]) for name, spec in answers.items()}
        except InputError:
            raise
        except Exception as error:  # TensorFlow raises many kinds for a file it can't read
            problem = f"TensorFlow can't load the SavedModel: {first_line(error)}"
            raise InputError(Problem(problem, str(folder), EXPORT_AGAIN)) from error

    def __call__(self, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Returns what `serve` answers to one batch."""
        return self.ask(SERVE, arrays)

    def ask(self, endpoint: str, arrays: Mapping[str, np.ndarray | Sequence[bytes]]) -> dict[str, np.ndarray]:
        """Returns what an endpoint, such as "serve_bytes", answers to one batch."""
        import tensorflow as tf

        function = self.loaded.signatures[endpoint]
        specs = function.structured_input_signature[1]
        given = {name: tf.constant(array, specs[name].dtype) for name, array in arrays.items()}
        return {name: answer.numpy() for name, answer in function(**given).items()}


class OnnxRuntime:
    """An `.onnx` file in onnxruntime, for batches of any size.

    Args:
        session: Of `kerasft.formats.onnx_file.open_onnx`.
        path: The file, for messages.
    """

    def __init__(self, session: onnxruntime.InferenceSession, path: Path):
        self.session, self.path = session, path
        self.inputs = {each.name: tuple(each.shape[1:]) for each in session.get_inputs()}
        self.outputs = {each.name: tuple(each.shape[1:]) for each in session.get_outputs()}

    def __call__(self, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Returns the answers to one batch, or raises `FileStopped`."""
        try:
            answers = self.session.run(None, dict(arrays))
        except Exception as error:  # onnxruntime has a class of exception for each of its states
            raise FileStopped(self.path, error) from error
        return dict(zip(self.outputs, answers, strict=True))


class LiteRTRuntime:
    """A `.tflite` file in LiteRT, one example at a time, as a phone does it.

    Threads may share it; they take turns, since an interpreter keeps input and output in itself. An interpreter for
    each thread would answer no faster, because one uses all cores already, and each takes the memory of the model's
    activations and is gone with its thread, of which servers make new ones all the time.

    Args:
        path: A file written by kerasft.
        num_threads: CPU threads of the interpreter; None is all cores.

    Raises:
        InputError: LiteRT can't load it.
        UnavailableError: LiteRT is not installed.
    """

    def __init__(self, path: Path, num_threads: int | None = None):
        self.path = path
        self.interpreter = open_interpreter(path, num_threads or os.cpu_count() or 1)
        self.turn = threading.Lock()
        named = self.interpreter.get_signature_list().get(SERVE)
        runner = self.interpreter.get_signature_runner(SERVE) if named else self.interpreter
        self.given, self.answers = _by_name(runner.get_input_details()), _by_name(runner.get_output_details())
        self.inputs = {name: _shape(details) for name, details in self.given.items()}
        self.outputs = {name: _shape(details) for name, details in self.answers.items()}

    def __call__(self, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Returns the answers to one batch, or raises `FileStopped`."""
        count = len(next(iter(arrays.values())))
        rows = [
            self._one({name: array[row : row + 1] for name, array in arrays.items()}) for row in range(count)
        ]
        return {name: np.concatenate([row[name] for row in rows]) for name in self.answers}

    def _one(self, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        given = {name: _quantize(arrays[name], details) for name, details in self.given.items()}
        with self.turn:
            try:
                found = self._answers(given)
            except (RuntimeError, ValueError) as error:
                raise FileStopped(self.path, error) from error
        return {name: _dequantize(found[name], details) for name, details in self.answers.items()}

    def _answers(self, given: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        for name, details in self.given.items():
            self.interpreter.set_tensor(details["index"], given[name])
        self.interpreter.invoke()
        return {name: self.interpreter.get_tensor(each["index"]) for name, each in self.answers.items()}


def _by_name(details: Mapping[str, Details] | Sequence[Details]) -> Mapping[str, Details]:
    return details if isinstance(details, Mapping) else {each["name"]: each for each in details}


def _shape(details: Details) -> tuple[int, ...]:
    """Returns the shape of one example; of a tensor whose batch isn't 1, all of it, which fits no description."""
    first, *rest = details["shape"].tolist() or [0]
    return tuple(rest) if first == 1 else (first, *rest)


def _is_quantized(details: Details) -> bool:
    return np.issubdtype(details["dtype"], np.integer) and details["quantization"][0] > 0


def _quantize(values: np.ndarray, details: Details) -> np.ndarray:
    """Gives values the type of a TFLite tensor: q = value / scale + zero point for quantized ones."""
    if not _is_quantized(details):
        return values.astype(details["dtype"])
    scale, zero_point = details["quantization"]
    limits = np.iinfo(details["dtype"])
    return np.clip(np.round(values / scale) + zero_point, limits.min, limits.max).astype(details["dtype"])


def _dequantize(values: np.ndarray, details: Details) -> np.ndarray:
    """Turns the content of a TFLite tensor into float32: value = (q - zero point) * scale for quantized ones."""
    if not _is_quantized(details):
        return values.astype("float32")
    scale, zero_point = details["quantization"]
    return ((values.astype("float32") - zero_point) * scale).astype("float32")
