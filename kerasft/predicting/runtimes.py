"""One way to ask for the probabilities of pictures: a Keras model, a SavedModel or a `.tflite` file.

Weights are all that is read of a run, a `.tflite` file holds builtin operators only, and a SavedModel is
loaded only with the description that kerasft wrote into it. Keras, TensorFlow and LiteRT are imported when
a predictor needs them.
"""

from __future__ import annotations

import importlib.util
import math
import os
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np

from kerasft.base.errors import InputError, KerasftError, Problem, UnavailableError
from kerasft.base.plain_paths import plain_path
from kerasft.base.quiet import quiet
from kerasft.formats import description as artifacts
from kerasft.formats.tflite_start import check_has_graph, check_is_tflite
from kerasft.formats.trust import require_trust
from kerasft.targets.classes.calibration import softmax

BATCH_SIZE = 32
MOST_TENSOR_BYTES = 4_000_000_000  # of a .tflite, beside its weights


@runtime_checkable
class Predictor(Protocol):
    """Anything that turns pictures into probabilities.

    `kind` is "run", "saved_model", "tflite" or "onnx"; `class_names` are in the order of the columns; `image_size` is
    the side of its pictures in pixels; `resize`, "stretch" or "crop", is how they get it; `bit_depth` is
    what is read of files with 16 bits per channel (see `kerasft.inputs.images.depth`).
    """

    kind: str
    class_names: tuple[str, ...]
    image_size: int
    resize: str
    bit_depth: int | None

    def predict(self, images: np.ndarray) -> np.ndarray:
        """Returns float32 probabilities (n, classes) of uint8 RGB pictures (n, image_size, image_size, 3)."""


class KerasPredictor:
    """Predicts with a Keras model that answers with logits: the reference of every exported file.

    Args:
        model: Raw RGB 0..255 (batch, size, size, 3) float32 to logits (batch, classes). It is used for
            prediction only from now on.
        model_config: Its `ModelConfig`: class_names, image_size, resize.
        temperature: What the logits are divided by before the softmax (see `kerasft.targets.classes.calibration`).
    """

    kind = "run"

    def __init__(self, model: Any, model_config: Any, temperature: float = 1.0):
        import keras

        if keras.backend.backend() == "tensorflow":
            model.jit_compile = False  # compiling for the CPU takes longer than a test split's predictions
        self.model, self.temperature = model, temperature
        self.class_names = tuple(model_config.class_names)
        self.image_size = int(model_config.image_size)
        self.resize, self.bit_depth = model_config.resize, model_config.bit_depth

    def predict(self, images: np.ndarray) -> np.ndarray:
        """See `Predictor.predict`."""
        return softmax(self.logits(images), self.temperature) if len(images) else _nothing(self)

    def logits(self, images: np.ndarray) -> np.ndarray:
        """Returns float32 logits (n, classes) of uint8 RGB pictures (n, image_size, image_size, 3), n at least 1."""
        batches = (batch.astype("float32") for batch in batches_of(self, images))
        return np.concatenate([self.model.predict_on_batch(batch) for batch in batches])


class SavedModelPredictor:
    """Predicts with the `serve` endpoint of a SavedModel folder: exported here, or `trust`ed by the user."""

    kind = "saved_model"

    def __init__(self, folder: Path, trust: bool = False):
        description = artifacts.read_saved_model(folder)
        require_trust(folder / artifacts.DESCRIPTION_NAME, trust)
        import tensorflow as tf

        self.class_names, self.image_size = description.class_names, description.image_size
        self.resize, self.score_threshold = description.resize, description.score_threshold
        self.bit_depth = description.bit_depth
        try:
            with quiet(), plain_path(folder) as plain:
                self.loaded = tf.saved_model.load(str(plain))
            self.serve = self.loaded.signatures["serve"]
        except InputError:
            raise
        except Exception as error:  # TensorFlow raises many kinds for a file it can't read
            problem = f"TensorFlow can't load the SavedModel: {first_line(error)}"
            raise InputError(Problem(problem, str(folder), artifacts.EXPORT_AGAIN)) from error

    def predict(self, images: np.ndarray) -> np.ndarray:
        """See `Predictor.predict`."""
        import tensorflow as tf

        answers = [
            self.serve(images=tf.constant(batch, tf.float32))["probabilities"].numpy()
            for batch in batches_of(self, images)
        ]
        return np.concatenate(answers) if answers else _nothing(self)

    def predict_bytes(self, encoded: Sequence[bytes]) -> np.ndarray:
        """Returns float32 probabilities (pictures, classes) of JPEG or PNG bytes, by `serve_bytes`."""
        import tensorflow as tf

        answers = self.loaded.signatures["serve_bytes"](encoded=tf.constant(list(encoded), tf.string))
        return answers["probabilities"].numpy()


class TFLitePredictor:
    """Predicts with a `.tflite` file on LiteRT, one picture at a time, as a phone does.

    Threads may share it; they take turns, since an interpreter keeps input and output in itself. An interpreter for
    each thread would answer no faster, because one uses all cores already, and each takes the memory of the model's
    activations and is gone with its thread, of which servers make new ones all the time.

    Args:
        path: A file written by kerasft.
        num_threads: CPU threads of the interpreter; None is all cores.
    """

    kind = "tflite"

    def __init__(self, path: Path, num_threads: int | None = None):
        check_is_tflite(path)
        description = artifacts.read_embedded(path)
        self.class_names, self.image_size = description.class_names, description.image_size
        self.resize, self.score_threshold = description.resize, description.score_threshold
        self.bit_depth = description.bit_depth
        self.interpreter = open_interpreter(path, num_threads or os.cpu_count() or 1)
        self.turn = threading.Lock()
        inputs, outputs = self.interpreter.get_input_details(), self.interpreter.get_output_details()
        self.input, self.output = inputs[0], outputs[0]
        expected = [1, self.image_size, self.image_size, 3], [1, len(self.class_names)]
        found = self.input["shape"].tolist(), self.output["shape"].tolist()
        if len(inputs) != 1 or len(outputs) != 1 or found != tuple(expected):
            problem = f"the model's input and output are {found}, and its description says {expected}"
            raise InputError(Problem(problem, str(path), artifacts.EXPORT_AGAIN))

    def predict(self, images: np.ndarray) -> np.ndarray:
        """See `Predictor.predict`."""
        answers = [self._predict_one(image) for batch in batches_of(self, images) for image in batch]
        return np.stack(answers) if answers else _nothing(self)

    def _predict_one(self, image: np.ndarray) -> np.ndarray:
        given = _quantize(image[None], self.input)
        with self.turn:
            self.interpreter.set_tensor(self.input["index"], given)
            self.interpreter.invoke()
            answer = self.interpreter.get_tensor(self.output["index"])
        return _dequantize(answer, self.output)[0]


def _quantize(values: np.ndarray, details: dict[str, Any]) -> np.ndarray:
    """Gives values the type of a TFLite tensor: q = value / scale + zero point for integers."""
    if not np.issubdtype(details["dtype"], np.integer):
        return values.astype(details["dtype"])
    scale, zero_point = details["quantization"]
    limits = np.iinfo(details["dtype"])
    return np.clip(np.round(values / scale) + zero_point, limits.min, limits.max).astype(details["dtype"])


def _dequantize(values: np.ndarray, details: dict[str, Any]) -> np.ndarray:
    """Turns the content of a TFLite tensor into float32: value = (q - zero point) * scale for integers."""
    if not np.issubdtype(details["dtype"], np.integer):
        return values.astype("float32")
    scale, zero_point = details["quantization"]
    return ((values.astype("float32") - zero_point) * scale).astype("float32")


def batches_of(predictor: Predictor, images: np.ndarray) -> Iterator[np.ndarray]:
    """Yields pictures in batches of 32.

    Raises:
        InputError: They are not uint8 pictures of the predictor's size.
    """
    size = predictor.image_size
    if images.ndim != 4 or images.shape[1:] != (size, size, 3) or images.dtype != np.uint8:
        problem = f"this model takes uint8 pictures of shape (n, {size}, {size}, 3)"
        raise InputError(
            Problem(problem, f"{images.dtype} {images.shape}", "read them with kerasft.data.load_image")
        )
    for start in range(0, len(images), BATCH_SIZE):
        yield np.asarray(images[start : start + BATCH_SIZE])


def _nothing(predictor: Predictor) -> np.ndarray:
    return np.zeros((0, len(predictor.class_names)), "float32")


def open_interpreter(path: Path, num_threads: int) -> Any:
    """Opens a `.tflite` file in LiteRT, with its tensors allocated.

    Raises:
        InputError: LiteRT can't load the file.
        UnavailableError: LiteRT is not installed.
        KerasftError: LiteRT is broken.
    """
    try:
        with quiet():
            from ai_edge_litert.interpreter import Interpreter
    except ImportError as error:
        if importlib.util.find_spec("ai_edge_litert") is not None:
            raise KerasftError(
                f"ai-edge-litert is installed but broken: {error}; install it again"
            ) from error
        raise UnavailableError(
            "LiteRT runs .tflite files and is missing: pip install ai-edge-litert"
        ) from error
    check_has_graph(path)
    try:
        with quiet(), plain_path(path) as plain:
            interpreter = Interpreter(model_path=str(plain), num_threads=num_threads)
            _check_tensors(interpreter, path)
            interpreter.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        problem = f"LiteRT can't load the .tflite file: {first_line(error)}"
        raise InputError(Problem(problem, str(path), artifacts.EXPORT_AGAIN)) from error
    return interpreter


def _check_tensors(interpreter: Any, path: Path) -> None:
    """A file of kilobytes can declare tensors of gigabytes, for which LiteRT takes memory and fills it."""
    found = [(each["shape"].tolist(), np.dtype(each["dtype"])) for each in interpreter.get_tensor_details()]
    size = sum(math.prod(shape) * dtype.itemsize for shape, dtype in found)
    if size > MOST_TENSOR_BYTES + 4 * path.stat().st_size:  # float16 weights are also there as float32
        what = f"the .tflite file asks for {size / 1e9:.1f} GB of tensors, more than any model needs"
        raise InputError(Problem(what, str(path), artifacts.EXPORT_AGAIN))


def first_line(error: Exception) -> str:
    """Returns what a foreign exception says, short enough for one line."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
