"""What float32 rounding may do to a model's answers on any processor: the limit for files that must answer alike.

Two programs that compute the same model in float32 do not agree to the last bit: each processor sums in its own order
(oneDNN, Eigen, XNNPACK and onnxruntime choose their kernels by the instructions they find). How far apart the answers
may be is a property of the model and not of a machine, so it is measured on the model:

1. In whatever order, a float32 sum of n products is the exact sum of products that were each changed by at most
   3 sqrt(n) units of 2**-24, or more with a probability of 2 exp(-9/2), 2 % (Higham and Mary 2019, "A New Approach to
   Probabilistic Rounding Error Analysis", https://doi.org/10.1137/18M1226312, theorem 2.4, for roundings that are
   independent).
2. So every weight is moved by sqrt(n) units of itself, up or down by chance, and the model answers again. How far its
   log probabilities move tells what rounding does to this model: its depth, its normalisation layers, and a last layer
   that magnifies all of it are in there.
3. The softmax rounds too: the argument of its exponential by a unit of itself, the exponential and the division by
   about two units each, and the sum by sqrt(classes) units.

Log probabilities are the logits up to a constant, which files of probabilities do not give. Where a model is sure,
all its probabilities are 0 and 1, and only logarithms show a fault.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from kerasft.base.statistics import softmax

UNIT = 2.0**-24  # a float32 result is right to this share of itself
STANDARD_DEVIATIONS = 3  # of step 1
SMALLEST = 1e-30  # smaller probabilities are not told apart: below 1e-38 some processors answer 0
MOST_EXAMPLES = 32  # that are run again, for the largest movement: seen to vary by less than a factor of 2
_DRAWS = 2
_SOFTMAX = 4  # units


def distance(first: np.ndarray, second: np.ndarray) -> float:
    """Returns how far apart probabilities (n, classes) are: the largest difference of their logarithms; NaN stays."""
    logarithms = [np.log(np.maximum(each.astype("float64"), SMALLEST)) for each in (first, second)]
    return float(np.max(np.abs(logarithms[0] - logarithms[1]), initial=0))


def rounding_limit(model: Any, inputs: Any, temperature: float = 1.0) -> float:
    """Returns the largest `distance` that rounding explains between two float32 programs of a model.

    Args:
        model: A Keras model, float32, from `inputs` to logits (batch, classes). It is not changed.
        inputs: What the model reads: an array, or arrays by name. Of more than 32 examples, 32 are taken evenly.
        temperature: What the logits are divided by before the softmax.
    """
    expected, *others = (softmax(each, temperature) for each in _outputs(model, inputs))
    moved = max(distance(expected, each) for each in others)
    return STANDARD_DEVIATIONS * (moved + softmax_rounding(expected))


def output_limit(model: Any, inputs: Any) -> float:
    """Returns the largest difference that rounding explains between the outputs of two float32 programs of a model.

    Args:
        model: A Keras model, float32, with one output of any shape, such as features. It is not changed.
        inputs: See `rounding_limit`.
    """
    expected, *others = _outputs(model, inputs)
    moved = max(float(np.max(np.abs(each - expected))) for each in others)
    return STANDARD_DEVIATIONS * (moved + UNIT * float(np.max(np.abs(expected))))


def softmax_rounding(probabilities: np.ndarray) -> float:
    """Returns by how much a float32 softmax moves the logarithms of probabilities (n, classes): step 3."""
    least_sure = -math.log(max(float(probabilities.min()), SMALLEST))
    return UNIT * (least_sure + _SOFTMAX + math.sqrt(probabilities.shape[1]))


def sum_limit(classes: int) -> float:
    """Returns how far float32 probabilities may sum to another number than one: what the softmax does to their sum."""
    return STANDARD_DEVIATIONS * UNIT * (_SOFTMAX + math.sqrt(classes))


def terms_of(shape: tuple[int, ...], path: str = "") -> int:
    """Returns how many products are summed where a weight is used.

    Args:
        shape: Of the Keras variable; its last axis is that of the outputs, and 1 for a depthwise kernel.
        path: Of the Keras variable: rows of embeddings are looked up, not summed.
    """
    if len(shape) < 2 or path.endswith("embeddings"):
        return 1
    depthwise = len(shape) == 4 and shape[-1] == 1
    return math.prod(shape[:2] if depthwise else shape[:-1])


def rows_to_move(count: int) -> np.ndarray:
    """Returns the rows of so many examples that are run again: at most 32, taken evenly, int64 (n,)."""
    return np.unique(np.linspace(0, count - 1, MOST_EXAMPLES).astype(int)) if count else np.zeros(0, int)


def moved_weights(model: Any, rng: np.random.Generator) -> list[tuple[Any, np.ndarray]]:
    """Returns the model's weights, each with the value that step 2 of the module's text gives it."""
    import keras

    moved = []
    for weight in model.weights:
        value = keras.ops.convert_to_numpy(weight)
        if np.issubdtype(value.dtype, np.floating):
            share = np.float32(UNIT * math.sqrt(terms_of(value.shape, weight.path)))
            signs = rng.integers(0, 2, value.shape, "int8") * np.float32(2) - 1
            moved.append((weight, value + value * share * signs))
    return moved


def _outputs(model: Any, inputs: Any) -> Iterator[np.ndarray]:
    """Yields what the model answers, and what it answers with its weights moved, as often as is drawn."""
    import keras

    inputs = _some(inputs)
    rng = np.random.default_rng(0)
    yield keras.ops.convert_to_numpy(model(inputs, training=False))
    for _ in range(_DRAWS):
        with keras.StatelessScope(state_mapping=moved_weights(model, rng)):
            yield keras.ops.convert_to_numpy(model(inputs, training=False))


def _some(inputs: Any) -> Any:
    arrays = inputs if isinstance(inputs, Mapping) else {"": inputs}
    count = len(next(iter(arrays.values())))
    rows = rows_to_move(count)
    chosen = {name: np.asarray(array)[rows] for name, array in arrays.items()}
    return chosen if isinstance(inputs, Mapping) else chosen[""].astype("float32")
