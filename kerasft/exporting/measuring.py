"""Runs an exported file beside the Keras model: its answers, its size, its speed."""

from __future__ import annotations

import io
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from kerasft import files
from kerasft.errors import InputError, KerasftError, Problem
from kerasft.exporting.gate import TARGETS, accuracy, largest_difference, missed, same_decision
from kerasft.predictors import KerasPredictor, Predictor, SavedModelPredictor, TFLitePredictor

SECONDS_OF_TIMING = 2.0
MOST_TIMED = 50
BATCHES = (1, 3, 3)  # 3 twice: what is random, such as a layer of augmentation left on, differs then


@dataclass(frozen=True, eq=False)
class Reference:
    """The Keras model's answers, to which all files are held.

    Args:
        split: Name of the split: "test", or the first other one with pictures.
        images: uint8 (pictures, size, size, 3).
        labels: int (pictures,).
        probabilities: float32 (pictures, classes).
        milliseconds: Per picture, one at a time.
        encoded: The first three pictures as JPEG or PNG bytes: their own files, where these are such.
    """

    split: str
    images: np.ndarray
    labels: np.ndarray
    probabilities: np.ndarray
    milliseconds: float
    encoded: tuple[bytes, ...]

    @property
    def accuracy(self) -> float:
        """The Keras model's accuracy, a share."""
        return accuracy(self.probabilities, self.labels)


@dataclass(frozen=True)
class Row:
    """What was measured on one exported file.

    Args:
        file: Its name.
        rung: "saved_model", "float32", "float16", "dynamic" or "int8".
        accuracy: Of the file, a share.
        keras_accuracy: Of the Keras model on the same pictures, a share.
        agreement: Share of pictures with the same most probable class.
        difference: Largest absolute difference of a probability.
        megabytes: Size in MB (10**6 bytes).
        milliseconds: Median time per picture, one at a time (TFLite: on one thread).
        examples: How many pictures or texts were run.
        failures: The targets missed, in words; empty when the file passed.
    """

    file: str
    rung: str
    accuracy: float
    keras_accuracy: float
    agreement: float
    difference: float
    megabytes: float
    milliseconds: float
    examples: int
    failures: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Returns the row as a value for JSON; numbers that are not finite become None."""
        values = {
            name: None if isinstance(v, float) and not math.isfinite(v) else v
            for name, v in asdict(self).items()
        }
        return {**values, "failures": list(self.failures)}


def make_reference(predictor: KerasPredictor, splits: Any) -> Reference:
    """Runs the Keras model on the test split (or validation, or training pictures, when it is empty).

    Raises:
        InputError: No split has pictures.
    """
    for split in (splits.test, splits.validation, splits.train):
        if len(split.labels):
            with exact_float32():
                probabilities = predictor.predict(split.images)
            return Reference(
                split=split.name,
                images=split.images,
                labels=split.labels,
                probabilities=probabilities,
                milliseconds=_milliseconds(predictor, split.images),
                encoded=tuple(
                    _encoded(split, splits.source, index) for index in range(min(3, len(split.labels)))
                ),
            )
    raise InputError(
        Problem("the run has no pictures to measure the file on", splits.source, "train it with more data")
    )


def measure_file(path: Path, rung: str, reference: Reference) -> Row:
    """Loads the very file that ships, runs it on the reference's pictures and compares.

    Args:
        path: A `.tflite` file or a SavedModel folder.
        rung: Which targets hold.
        reference: The Keras model's answers.
    """
    predictor = load(path, rung, None)
    with exact_float32():
        answers = predictor.predict(reference.images)
        failures = missed(answers, reference.probabilities, reference.labels, TARGETS[rung])
        failures += _inconsistencies(predictor, reference, TARGETS[rung].difference)
    timed = load(path, rung, 1) if rung != "saved_model" else predictor
    return Row(
        file=path.name,
        rung=rung,
        accuracy=accuracy(answers, reference.labels),
        keras_accuracy=reference.accuracy,
        agreement=float(np.mean(same_decision(answers, reference.probabilities))),
        difference=largest_difference(answers, reference.probabilities),
        megabytes=files.megabytes(path),
        milliseconds=_milliseconds(timed, reference.images),
        examples=len(reference.labels),
        failures=tuple(failures),
    )


def load(path: Path, rung: str, num_threads: int | None) -> Predictor:
    """Opens an exported file as its users do.

    Raises:
        KerasftError: It can't be loaded; a file of our own making is no fault of the user's.
    """
    try:
        return SavedModelPredictor(path) if rung == "saved_model" else TFLitePredictor(path, num_threads)
    except InputError as error:
        raise KerasftError(f"the exported file can't be loaded: {error.problems[0].what}") from error


@contextmanager
def exact_float32() -> Iterator[None]:
    """Keeps GPUs from rounding float32 to TensorFloat-32, whose error of 1e-3 would hide that of the file."""
    import tensorflow as tf

    before = tf.config.experimental.tensor_float_32_execution_enabled()
    tf.config.experimental.enable_tensor_float_32_execution(False)
    try:
        yield
    finally:
        tf.config.experimental.enable_tensor_float_32_execution(before)


def _inconsistencies(predictor: Predictor, reference: Reference, limit: float | None) -> list[str]:
    """Checks float files once more: alone, in threes, again, and (SavedModel) from encoded pictures."""
    if limit is None:
        return []
    ways = [(f"in batches of {batch}", predictor.predict(reference.images[:batch])) for batch in BATCHES]
    if isinstance(predictor, SavedModelPredictor):
        ways.append(("from encoded pictures", predictor.predict_bytes(reference.encoded)))
    failures = []
    for way, answers in ways:
        difference = largest_difference(answers, reference.probabilities[: len(answers)])
        if not difference <= limit:
            failures.append(f"{way}: largest difference {difference:.2g}, allowed {limit:g}")
    return failures


def _encoded(split: Any, source: str, index: int) -> bytes:
    """Returns a picture's own file if it is a JPEG or PNG, else its pixels as a PNG."""
    path = Path(source) / split.ids[index]
    content = path.read_bytes() if path.is_file() else b""
    if content.startswith((b"\xff\xd8\xff", b"\x89PNG")):
        return content
    buffer = io.BytesIO()
    Image.fromarray(split.images[index]).save(buffer, "PNG")
    return buffer.getvalue()


def _milliseconds(predictor: Predictor, images: np.ndarray) -> float:
    """Median time of one picture; the first two are not counted, since they set things up."""
    times: list[float] = []
    end = time.perf_counter() + SECONDS_OF_TIMING
    for index in range(MOST_TIMED + 2):
        image = images[index % len(images)][None]
        start = time.perf_counter()
        predictor.predict(image)
        times.append((time.perf_counter() - start) * 1000)
        if time.perf_counter() > end and len(times) > 4:
            break
    return float(np.median(times[2:]))
