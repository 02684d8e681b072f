"""What float32 rounding may do to a model's answers on any processor: the limit for files that must answer alike.

Two programs that compute the same model in float32 do not agree to the last bit: each processor sums in its own order
(oneDNN, Eigen, XNNPACK and onnxruntime choose their kernels by the instructions they find). How far apart the answers
may be is a property of the model and not of a machine, so it is measured on the model:

1. In whatever order, a float32 sum of n products is the exact sum of products that were each changed by at most
   3 sqrt(n) units of 2**-24, or more with a probability of 2 exp(-9/2), 2 % (Higham and Mary 2019, "A New Approach to
   Probabilistic Rounding Error Analysis", https://doi.org/10.1137/18M1226312, theorem 2.4, for roundings that are
   independent).
2. So every weight is moved by sqrt(n) units of itself, up or down by chance, and the model answers again. How far its
   answers move, such as log probabilities, tells what rounding does to this model: its depth, its normalisation layers,
   and a last layer that magnifies all of it are in there.
3. What turns outputs into answers, such as a softmax, rounds too: its kind of target knows by how much.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import keras

UNIT = 2.0**-24  # a float32 result is right to this share of itself
STANDARD_DEVIATIONS = 3  # of step 1
MOST_EXAMPLES = 32  # that are run again, for the largest movement: seen to vary by less than a factor of 2
_DRAWS = 2


def rounding_limit(
    model: keras.Model,
    inputs: Arrays,
    finish: Callable[[np.ndarray], np.ndarray],
    distance: Callable[[np.ndarray, np.ndarray], float],
    own: Callable[[np.ndarray], float],
) -> float:
    """Returns the largest distance that rounding explains between the answers of two float32 programs of a model.

    Args:
        model: A Keras model, float32, from `inputs` to outputs (batch, ...). It is not changed.
        inputs: What the model reads: an array, or arrays by name. Of more than 32 examples, 32 are taken evenly.
        finish: Turns outputs into answers.
        distance: Between two programs' answers.
        own: The distance that rounding in `finish` explains, of answers.
    """
    expected, *others = map(finish, _outputs(model, inputs))
    moved = max(distance(expected, each) for each in others)
    return STANDARD_DEVIATIONS * (moved + own(expected))


Arrays = np.ndarray | dict[str, np.ndarray]


def output_limit(model: keras.Model, inputs: Arrays) -> float:
    """Returns the largest difference that rounding explains between the outputs of two float32 programs of a model.

    Args:
        model: A Keras model, float32, with one output of any shape, such as features. It is not changed.
        inputs: See `rounding_limit`.
    """
    expected, *others = _outputs(model, inputs)
    moved = max(float(np.max(np.abs(each - expected))) for each in others)
    return STANDARD_DEVIATIONS * (moved + UNIT * float(np.max(np.abs(expected))))


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


def moved_weights(model: keras.Model, rng: np.random.Generator) -> list[tuple[keras.Variable, np.ndarray]]:
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


def _outputs(model: keras.Model, inputs: Arrays) -> Iterator[np.ndarray]:
    """Yields what the model answers, and what it answers with its weights moved, as often as is drawn."""
    import keras

    inputs = _some(inputs)
    rng = np.random.default_rng(0)
    yield keras.ops.convert_to_numpy(model(inputs, training=False))
    for _ in range(_DRAWS):
        with keras.StatelessScope(state_mapping=moved_weights(model, rng)):
            yield keras.ops.convert_to_numpy(model(inputs, training=False))


def _some(inputs: Arrays) -> Arrays:
    arrays = inputs if isinstance(inputs, Mapping) else {"": inputs}
    count = len(next(iter(arrays.values())))
    rows = rows_to_move(count)
    chosen = {name: np.asarray(array)[rows] for name, array in arrays.items()}
    return chosen if isinstance(inputs, Mapping) else chosen[""].astype("float32")
