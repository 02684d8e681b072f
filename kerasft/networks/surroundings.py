"""The backbone as one node of the model around it: what it is given there, and what is taken from it."""

from __future__ import annotations

from dataclasses import dataclass

import keras

from kerasft.networks.blocks import others
from kerasft.networks.graph import Graph


@dataclass(frozen=True)
class Surroundings:
    """Where a model calls its backbone.

    Args:
        graph: Of the whole model.
        below: What lies below the call, the call and the model's inputs included, as a set of nodes.
        arguments: What the backbone is called with: a tensor, or tensors by name.
        outputs: What the call gives, in the order of `backbone.outputs`.
        side: What the part above the backbone takes besides these, such as a padding mask.
    """

    graph: Graph
    below: int
    arguments: keras.KerasTensor | dict[str, keras.KerasTensor]
    outputs: tuple[keras.KerasTensor, ...]
    side: tuple[keras.KerasTensor, ...]


def surroundings_of(model: keras.Model) -> Surroundings:
    """Returns where a model from `build_model` calls its layer "backbone"."""
    backbone, graph = model.get_layer("backbone"), Graph(model)
    node = next(n for n in range(graph.size) if graph.operation(n) is backbone)
    inputs = sum(1 << n for n in range(graph.size) if graph.is_input(n))
    below, outputs = graph.ancestors[node] | inputs, tuple(graph.outputs(node))
    side = others(graph.leaving(below), outputs)
    return Surroundings(graph, below, graph.arguments(node), outputs, side)
