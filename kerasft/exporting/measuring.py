"""Runs an exported file beside the Keras model: its answers, its size, its speed."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kerasft.base import files
from kerasft.base.errors import InputError, KerasftError, Problem, first_line
from kerasft.contract.encoder import unnamed
from kerasft.contract.inputs import OtherWay
from kerasft.contract.splits import Column, Split, Splits
from kerasft.contract.units import Units
from kerasft.exporting.gate import Target, Yardstick
from kerasft.exporting.row import Row
from kerasft.networks.rounding import rounding_limit, rows_to_move
from kerasft.predicting.opening import predictor_of_file
from kerasft.predicting.predictor import Predictor
from kerasft.predicting.runtimes import FileStopped, SavedModelRuntime
from kerasft.runs.answering import given_to

SECONDS_OF_TIMING = 2.0
MOST_TIMED = 50
BATCHES = (1, 3, 3)  # 3 twice: what is random, such as a layer of augmentation left on, differs then


@dataclass(frozen=True, eq=False)
class Reference:
    """The Keras model's answers, to which all files are held.

    Args:
        split: That they were given to: the test split, or the first other one with examples.
        yardstick: What the answers of files are held to.
        plain: float32 (n, ...), the Keras model's answers without calibration.
        milliseconds: Per example, one at a time.
        ways: Other endpoints of a SavedModel: see `Inputs.other_ways`.
    """

    split: Split
    yardstick: Yardstick
    plain: np.ndarray
    milliseconds: float
    ways: tuple[OtherWay, ...] = ()

    @property
    def examples(self) -> Column:
        """(n,) the examples."""
        return self.split.examples


def make_reference(predictor: Predictor, splits: Splits, units: Units | None) -> Reference:
    """Runs the Keras model on the test split (or validation, or training examples, when it is empty).

    Raises:
        InputError: No split has examples.
    """
    task, schema, served = predictor.task, predictor.schema, predictor.calibration or {}
    kind = task.targets
    for split in (splits.test, splits.validation, splits.train):
        if len(split):
            with exact_float32():
                outputs = predictor.outputs(split.examples)
                some = predictor.encoder(split.examples[rows_to_move(len(split))])
                rounding = rounding_limit(
                    predictor.model,
                    given_to(predictor.model, some),
                    lambda each: predictor.finish(each, served),
                    lambda first, second: kind.distance(first, second, schema),
                    lambda answers: kind.finishing_error(answers, schema),
                )
            expected, own = predictor.finish(outputs, served), units if split is splits.test else None
            return Reference(
                split=split,
                yardstick=Yardstick(kind, schema, expected, split.targets, split.ids, rounding, own),
                plain=predictor.finish(outputs, {}),
                milliseconds=milliseconds(predictor, split.examples),
                ways=tuple(task.inputs.other_ways(split, splits.source)),
            )
    problem = f"the run has no {task.inputs.noun}s to measure the file on"
    raise InputError(Problem(problem, splits.source, "train it with more data"))


def measure_file(
    path: Path, quantization: str, reference: Reference, target: Target
) -> tuple[Row, np.ndarray]:
    """Loads the very file that ships, runs it on the reference's examples and compares.

    Args:
        path: A `.tflite` or `.onnx` file, or a SavedModel folder.
        quantization: What it is.
        reference: The Keras model's answers.
        target: What is asked of it.

    Returns:
        What was measured, and the file's answers, float32 (examples, ...).

    Raises:
        KerasftError: It can't be loaded, or not be run.
    """
    predictor, yardstick = open_exported(path, None), reference.yardstick
    with exact_float32():
        answers = run(predictor, reference.examples)
        measured = yardstick.evaluate(answers)
        failures = yardstick.missed(answers, measured, target)
        failures += _inconsistencies(predictor, reference, target)
    timed = open_exported(path, 1) if quantization != "saved_model" else predictor
    keras = yardstick.evaluation
    row = Row(
        file=path.name,
        quantization=quantization,
        score_name=keras.score_name,
        score=math.nan if measured is None else measured.score,
        keras_score=keras.score,
        interval=(math.nan, math.nan) if measured is None else measured.interval,
        keras_interval=keras.interval,
        agreement=yardstick.agreement(answers),
        difference=yardstick.difference(answers),
        megabytes=files.megabytes(path),
        milliseconds=milliseconds(timed, reference.examples),
        examples=len(reference.split),
        drawn=keras.drawn,
        failures=tuple(failures),
    )
    return row, answers


def run(predictor: Predictor, examples: Column) -> np.ndarray:
    """Returns a file's answers (examples, ...).

    Raises:
        KerasftError: The interpreter stops at an operation: the converter writes some that have no kernel.
    """
    try:
        return predictor.predict(examples)
    except (RuntimeError, ValueError) as error:
        why = error.why if isinstance(error, FileStopped) else first_line(error)
        raise KerasftError(f"the exported file can't be run: {why}") from error


def open_exported(path: Path, num_threads: int | None) -> Predictor:
    """Opens an exported file as its users do.

    Raises:
        KerasftError: It can't be loaded; a file of our own making is no fault of the user's.
    """
    try:
        return predictor_of_file(path, num_threads)
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


def _inconsistencies(predictor: Predictor, reference: Reference, target: Target) -> list[str]:
    """Checks float files once more: alone, in threes, again, and a SavedModel by its other endpoints."""
    if target.difference is None:
        return []
    ways = [(f"in batches of {batch}", predictor.predict(reference.examples[:batch])) for batch in BATCHES]
    if isinstance(predictor.runtime, SavedModelRuntime):
        for way in reference.ways:
            outputs = predictor.runtime.ask(way.endpoint, way.arrays)
            ways.append((way.name, predictor.answers(unnamed(outputs))))
    return [
        f"{way}: {failure}"
        for way, answers in ways
        for failure in reference.yardstick.too_far(answers, target)
    ]


def milliseconds(predictor: Predictor, examples: Column) -> float:
    """Returns the median time of one example; the first two are not counted, since they set things up."""
    times: list[float] = []
    end = time.perf_counter() + SECONDS_OF_TIMING
    for index in range(MOST_TIMED + 2):
        row = index % len(examples)
        example = examples[row : row + 1]
        start = time.perf_counter()
        predictor.predict(example)
        times.append((time.perf_counter() - start) * 1000)
        if time.perf_counter() > end and len(times) > 4:
            break
    return float(np.median(times[2:]))
