"""A process of its own that loads one artifact and answers with it: only so are load time and memory its own.

    python -m kerasft.benchmarking.worker ARTIFACT KIND THREADS TRUST

It prints one JSON object. A `.tflite` and an `.onnx` get numbers straight into the interpreter, as an app does it,
so that neither TensorFlow nor a tokenizer is in the memory that is measured.
"""

from __future__ import annotations

import json
import math
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import DTypeLike

from kerasft.base.errors import KerasftError
from kerasft.base.json_values import JsonObject
from kerasft.base.quiet import quiet
from kerasft.predicting.predictor import Predictor

WARM_UP, MOST_ANSWERS, SECONDS = 3, 200, 3.0
_ONNX_TYPES = {"tensor(float)": np.float32, "tensor(int32)": np.int32}
Answer = Callable[[], object]


def main(path: Path, kind: str, threads: int, trust: bool) -> JsonObject:
    """Loads and times an artifact; times in milliseconds, memory in MB."""
    prepare = {"tflite": _tflite, "onnx": _onnx, "saved_model": _saved_model, "run": _run}[kind]
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    _import_libraries(kind, threads)
    before, start = memory("VmRSS"), time.perf_counter()
    answer = prepare(path, threads, trust)
    load = time.perf_counter() - start
    for _ in range(WARM_UP):
        answer()
    times: list[float] = []
    end = time.perf_counter() + SECONDS
    while len(times) < MOST_ANSWERS and (time.perf_counter() < end or len(times) < 5):
        start = time.perf_counter()
        answer()
        times.append(time.perf_counter() - start)
    median, p95 = np.percentile(times, (50, 95)) * 1000
    return {
        "load": load * 1000,
        "median": median,
        "p95": p95,
        "answers": len(times),
        "memory": None if math.isnan(before) else max(0.0, memory("VmHWM") - before),
    }


def _import_libraries(kind: str, threads: int) -> None:
    """Brings in what the artifact runs on, so that it counts neither as load time nor as memory."""
    with quiet():
        if kind == "tflite":
            import ai_edge_litert.interpreter  # noqa: F401
        elif kind == "onnx":
            import onnxruntime  # noqa: F401
        else:
            import tensorflow as tf

            tf.config.threading.set_intra_op_parallelism_threads(threads)
            tf.config.threading.set_inter_op_parallelism_threads(1)
            import kerasft.predicting.opening  # noqa: F401


def _tflite(path: Path, threads: int, trust: bool) -> Answer:
    from kerasft.formats.litert import check_is_tflite, open_interpreter

    check_is_tflite(path)
    interpreter = open_interpreter(path, threads)
    inputs = [
        (each["index"], _numbers(each["shape"], each["dtype"])) for each in interpreter.get_input_details()
    ]
    output = interpreter.get_output_details()[0]["index"]

    def answer() -> object:
        for index, values in inputs:
            interpreter.set_tensor(index, values)
        interpreter.invoke()
        return interpreter.get_tensor(output)

    return answer


def _onnx(path: Path, threads: int, trust: bool) -> Answer:
    from kerasft.formats.onnx_file import open_onnx

    file = open_onnx(path, threads)
    file.require_unchanged()
    session = file.session
    inputs = {
        each.name: _numbers([1, *each.shape[1:]], _ONNX_TYPES[each.type]) for each in session.get_inputs()
    }
    return lambda: session.run(None, inputs)


def _saved_model(path: Path, threads: int, trust: bool) -> Answer:
    from kerasft.predicting.opening import load_predictor

    return _answers_of(load_predictor(path, trust))


def _run(path: Path, threads: int, trust: bool) -> Answer:
    from kerasft.predicting.opening import load_predictor

    return _answers_of(load_predictor(path))


def _answers_of(predictor: Predictor) -> Answer:
    example = predictor.encoder.sample()
    return lambda: predictor.predict(example)


def _numbers(shape: Sequence[int], dtype: DTypeLike) -> np.ndarray:
    """Returns noise for images; for token ids ones, which every vocabulary and mask has."""
    kind = np.dtype(dtype)
    if kind in (np.int32, np.int64):
        return np.ones(shape, kind)
    low, high = (np.iinfo(kind).min, np.iinfo(kind).max) if kind.kind in "iu" else (0, 255)
    return np.random.default_rng(0).integers(low, high, shape, endpoint=True).astype(kind)


def memory(line: str) -> float:
    """Returns a number of /proc/self/status in MB; elsewhere the peak is all there is, and NaN on Windows.

    Not `ru_maxrss` where it can be had otherwise: Linux hands the parent's peak on to it.
    """
    try:
        status = Path("/proc/self/status").read_text("ascii")
    except OSError:
        try:
            import resource
        except ImportError:
            return math.nan
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
    return next(int(text.split()[1]) for text in status.splitlines() if text.startswith(line)) * 1024 / 1e6


if __name__ == "__main__":
    try:
        found = main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4] == "True")
    except KerasftError as error:
        found = {"error": str(error)}
    print(json.dumps(found))
