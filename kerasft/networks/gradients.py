"""Gradients of a score, on the backend in use, and their integral along a way (Sundararajan et al., 2017)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import keras
import numpy as np

from kerasft.base.errors import InputError, Problem
from kerasft.networks.completeness import Completeness
from kerasft.networks.graph import Graph

MOST_MEMORY = 400e6  # bytes that a batch's activations may take, about
MOST_AT_ONCE = 64

Score: TypeAlias = "Callable[[keras.KerasTensor], keras.KerasTensor]"  # from (batch, ...) to (batch,)


def gradient(score: Score, inputs: np.ndarray) -> np.ndarray:
    """Returns the gradient of each example's score, of the shape of `inputs`.

    Args:
        score: From a tensor (batch, ...) to scores (batch,); examples must not act on each other.
        inputs: float32 (batch, ...).
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        tensor = tf.constant(inputs)
        with tf.GradientTape() as tape:
            tape.watch(tensor)
            total = keras.ops.sum(score(tensor))
        found = tape.gradient(total, tensor, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    elif backend == "jax":
        import jax

        found = jax.grad(lambda tensor: keras.ops.sum(score(tensor)))(jax.numpy.asarray(inputs))
    else:
        hint = "use KERAS_BACKEND=tensorflow or jax, or --method occlusion"
        raise InputError(Problem("gradients are not taken on this backend", backend, hint))
    return np.asarray(keras.ops.convert_to_numpy(found), "float32")


def integrate(
    score: Score, example: np.ndarray, baseline: np.ndarray, steps: int, at_once: int
) -> tuple[np.ndarray, Completeness]:
    """Returns integrated gradients from `baseline` to `example`, and how well they add up.

    The integral is taken by the Gauss-Legendre rule, whose points lie where the fewest are needed.

    Args:
        score: See `gradient`.
        example: float32, without a batch axis.
        baseline: Of the same shape.
        steps: Points of the rule, at least 1.
        at_once: How many of them are computed at a time: what bounds the memory.
    """
    points, weights = np.polynomial.legendre.leggauss(steps)
    points, weights = (points + 1) / 2, weights / 2  # from -1..1 to 0..1
    way = (example - baseline).astype("float32")
    total = np.zeros(example.shape, "float64")
    for start in range(0, steps, at_once):
        shares = points[start : start + at_once].reshape(-1, *[1] * example.ndim)
        found = gradient(score, (baseline + shares * way).astype("float32"))
        total += np.tensordot(weights[start : start + at_once], found.astype("float64"), axes=1)
    attribution = total * way
    ends = keras.ops.convert_to_numpy(score(keras.ops.convert_to_tensor(np.stack([example, baseline]))))
    difference = float(ends[0]) - float(ends[1])
    return attribution.astype("float32"), Completeness(steps, difference, float(attribution.sum()))


def batch_size(model: keras.Model) -> int:
    """Returns how many examples a gradient may be taken of at once, from the sizes of all activations."""
    graph = Graph(model.get_layer("backbone"))
    tokens = model.inputs[0].shape[1]
    numbers = 0
    for node in range(graph.size):
        layer = graph.layer(node)
        # a transformer layer is one node, and holds many
        inside = 1 if layer is None else sum(1 for _ in layer._flatten_layers())
        for tensor in graph.outputs(node):
            numbers += inside * int(np.prod([size or tokens for size in tensor.shape[1:]]))
    return int(np.clip(MOST_MEMORY / (2 * 4 * max(numbers, 1)), 1, MOST_AT_ONCE))


def weighted_score(model: Score, weights: np.ndarray) -> Score:
    """Returns the weighted sum of what `model` gives as a function of what it takes.

    Args:
        model: To logits, or other numbers (batch, ...).
        weights: float32 (batch, ...), or (1, ...) for the same throughout; a single 1 among 0 takes one number.
    """

    def score(tensor: keras.KerasTensor) -> keras.KerasTensor:
        found = model(tensor)
        axes = tuple(range(1, len(found.shape)))
        return keras.ops.sum(found * keras.ops.convert_to_tensor(weights), axis=axes)

    return score
