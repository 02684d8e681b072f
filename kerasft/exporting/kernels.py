"""How far the answers of an app may be from ours: the file is run with other kernels, as other clients have them.

A quantized file gives other answers with other kernels: XNNPACK, LiteRT's own and its reference kernels round
activations in different places. So the tolerance of an app's test is measured on the file, and not guessed.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import cast

import numpy as np

from kerasft.base.plain_paths import plain_path
from kerasft.base.quiet import quiet
from kerasft.contract.splits import Column
from kerasft.predicting.predictor import Predictor
from kerasft.predicting.runtimes import LiteRTRuntime

MOST_EXAMPLES = 32
SECONDS_EACH = 5.0  # reference kernels take a second for a large text model
FEWEST_EXAMPLES = 3
# without XNNPACK, and the slow, plain ones
OTHER_KERNELS = ("BUILTIN_WITHOUT_DEFAULT_DELEGATES", "BUILTIN_REF")
# What no client goes below: three decimals are what people read, and an int8 answer has steps of 1/256
_SMALLEST = {"int8": 1e-2}
_SMALLEST_OF_FLOATS = 1e-3


def use_kernels(predictor: Predictor, path: Path, kernels: str) -> Predictor:
    """Gives a predictor of a `.tflite` file an interpreter with other kernels, and returns it.

    Args:
        predictor: A `Predictor` of a `.tflite` file.
        path: Its file.
        kernels: One of `OTHER_KERNELS`, by LiteRT's names.
    """
    with quiet(), plain_path(path) as plain:
        from ai_edge_litert.interpreter import Interpreter, OpResolverType

        resolver = getattr(OpResolverType, kernels)
        interpreter = Interpreter(model_path=str(plain), experimental_op_resolver_type=resolver)
        interpreter.allocate_tensors()
        cast(LiteRTRuntime, predictor.runtime).interpreter = interpreter
    return predictor


def tolerance(
    open_with: Callable[[str], Predictor], examples: Column, answers: np.ndarray, quantization: str
) -> float:
    """Returns how far an app's answers may be from the golden ones.

    It is twice the largest difference that was measured, rounded up to one digit, at least 1e-3 (int8: 1e-2).

    Args:
        open_with: Opens the file with the kernels of a name (see `use_kernels`).
        examples: What the file predicts, a column of n.
        answers: float32 (n, ...), the file's answers with the usual kernels.
        quantization: A quantization of the TFLite ladder.
    """
    measured = max(difference(open_with(kernels), examples, answers) for kernels in OTHER_KERNELS)
    return _rounded_up(max(2 * measured, _SMALLEST.get(quantization, _SMALLEST_OF_FLOATS)))


def difference(predictor: Predictor, examples: Column, answers: np.ndarray) -> float:
    """Returns the largest difference of an answer on at most 32 examples, taken evenly, in about 5 seconds."""
    found = 0.0
    end = time.perf_counter() + SECONDS_EACH
    chosen = np.unique(np.linspace(0, len(answers) - 1, min(MOST_EXAMPLES, len(answers))).round().astype(int))
    for number, index in enumerate(chosen):
        if number >= FEWEST_EXAMPLES and time.perf_counter() > end:
            break
        try:
            answer = predictor.predict(examples[index : index + 1])
        except (RuntimeError, ValueError):  # an operator that these kernels lack
            break
        found = max(found, float(np.max(np.abs(answer - answers[index : index + 1]))))
    return found


def _rounded_up(value: float) -> float:
    digit = 10.0 ** math.floor(math.log10(value))
    return float(f"{math.ceil(value / digit - 1e-9) * digit:.1g}")
