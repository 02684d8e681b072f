"""Compiled graphs that encode texts: like encoders share them, and one is made only where it is worth it.

To trace a graph takes one or two seconds, whatever it is for; without one, TensorFlow reads a thousand characters in
the time of some milliseconds. So the first texts are read without.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tensorflow as tf

Key = tuple[object, ...]  # all that the ids depend on
Graph = Callable[..., "tf.Tensor"]

# Compiled graphs of this process: each model that is loaded has an encoder of its own.
_GRAPHS: dict[Key, Graph] = {}
_MOST_GRAPHS = 8
_READ: dict[Key, int] = {}  # characters that were read without a graph
MOST_READ = 100_000  # which takes half a second


def pays(key: Key, columns: Sequence[Sequence[str]]) -> bool:
    """Returns whether texts are worth a graph: there is one, or this process has read enough such texts without."""
    read = _READ.get(key, 0) + sum(len(text) for column in columns for text in column)
    if key in _GRAPHS or read > MOST_READ:
        return True
    _READ[key] = read
    return False


def graph_of(key: Key, function: Graph, columns: int) -> Graph:
    """Returns the compiled graph of a function of so many columns of texts, from its first use by a like encoder on."""
    import tensorflow as tf

    graph = _GRAPHS.get(key)
    if graph is None:
        if len(_GRAPHS) >= _MOST_GRAPHS:
            _GRAPHS.pop(next(iter(_GRAPHS)), None)  # the oldest
        signature = [tf.TensorSpec((None,), tf.string)] * columns
        graph = _GRAPHS[key] = tf.function(function, input_signature=signature, autograph=False)
    return graph


def on_the_cpu() -> AbstractContextManager[None]:
    """Returns a block without a graph in which nothing goes to a GPU and back, as each small operation would."""
    import tensorflow as tf

    return tf.device("CPU:0")
