"""The graph of a functional model as sets of nodes: what feeds what, and what crosses from a set to the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import keras

if TYPE_CHECKING:
    from keras.src.ops.node import Node


@contextmanager
def places_kept(tensors: Sequence[keras.KerasTensor]) -> Iterator[None]:
    """Lets models be built from these tensors, and leaves each where it was in the graph.

    Where some are computed and some are a model's inputs, Keras gives the inputs a new place: the model they belong to
    could no longer be saved or cloned ("could not find node key").
    """
    places = [tensor._keras_history for tensor in tensors]
    try:
        yield
    finally:
        for tensor, place in zip(tensors, places, strict=True):
            tensor._keras_history = place


class Graph:
    """The nodes between a model's input and output; sets of nodes are the bits of an int.

    `_keras_history` is how Keras itself walks a functional graph; there is no public counterpart that tells
    which tensor feeds which call.
    """

    def __init__(self, model: keras.Model):
        self._inputs = {id(tensor) for tensor in model.inputs}
        self._given = list({id(tensor): tensor for tensor in model.outputs}.values())
        self._index: dict[tuple[int, int], int] = {}
        self._nodes: list[tuple[keras.Operation, Node]] = []  # (operation, node of Keras)
        self._parents: list[list[tuple[int, keras.KerasTensor]]] = []  # per node: (producing node, tensor)
        for output in model.outputs:
            self._add(output)
        self.size = len(self._nodes)
        self.everything = (1 << self.size) - 1
        self.ancestors = [0] * self.size  # each node's own bit included
        weighted = sum(1 << node for node in range(self.size) if self._has_weights(node))
        self.weightless = (
            0  # what depends on no weight: inputs, and what is made of inputs alone, such as masks
        )
        self._consumers = [0] * self.size
        for node, parents in enumerate(self._parents):
            self.ancestors[node] = 1 << node
            for parent, _ in parents:
                self.ancestors[node] |= self.ancestors[parent]
                self._consumers[parent] |= 1 << node
            if not self.ancestors[node] & weighted:
                self.weightless |= 1 << node

    def _add(self, output: keras.KerasTensor) -> None:
        """Appends the nodes below `output`, parents first; a stack, because graphs are deeper than recursion."""
        stack = [(output, False)]
        while stack:
            tensor, parents_done = stack.pop()
            operation, node_index, _ = tensor._keras_history
            key = (id(operation), node_index)
            if key in self._index:
                continue
            node = operation._inbound_nodes[node_index]
            sources = [] if id(tensor) in self._inputs else node.input_tensors
            if not parents_done:
                stack.append((tensor, True))
                stack.extend((source, False) for source in reversed(sources))
                continue
            self._index[key] = len(self._nodes)
            self._nodes.append((operation, node))
            self._parents.append([(self._producer(source), source) for source in sources])

    def _producer(self, tensor: keras.KerasTensor) -> int:
        operation, node_index, _ = tensor._keras_history
        return self._index[id(operation), node_index]

    def _has_weights(self, node: int) -> bool:
        layer = self.layer(node)
        return layer is not None and bool(layer.weights)

    def is_input(self, node: int) -> bool:
        """Whether a node is fed by no other."""
        return not self._parents[node]

    def members(self, mask: int) -> list[int]:
        """Returns the nodes of a set, parents first."""
        return [node for node in range(self.size) if mask >> node & 1]

    def width(self, mask: int) -> int:
        """Returns how many nodes of a set feed nodes outside it, counting no further than three.

        Weightless nodes don't count: what they give is known before any layer has run.
        """
        mask &= ~self.weightless
        width = 0
        for node in range(self.size):
            if mask >> node & 1 and self._consumers[node] & ~(mask | self.weightless):
                width += 1
                if width == 3:
                    break
        return width

    def crossing(self, mask: int) -> tuple[keras.KerasTensor, ...]:
        """Returns the tensors that nodes outside a set take from it, in the order of the graph."""
        tensors: dict[int, tuple[int, keras.KerasTensor]] = {}
        for node in self.members(self.everything & ~mask):
            for parent, tensor in self._parents[node]:
                if mask >> parent & 1:
                    tensors[id(tensor)] = (parent, tensor)
        return tuple(tensor for _, tensor in sorted(tensors.values(), key=lambda item: item[0]))

    def given(self, mask: int) -> tuple[keras.KerasTensor, ...]:
        """Returns the outputs of the model that a set gives, in the order of the model's."""
        return tuple(tensor for tensor in self._given if mask >> self._producer(tensor) & 1)

    def leaving(self, mask: int) -> tuple[keras.KerasTensor, ...]:
        """Returns all tensors of a set that are taken from it: by nodes outside, or as outputs of the model."""
        tensors = {id(tensor): tensor for tensor in (*self.crossing(mask), *self.given(mask))}
        return tuple(tensors.values())

    def below(self, tensors: Iterable[keras.KerasTensor]) -> int:
        """Returns the nodes that some tensors depend on, those that give them included."""
        mask = 0
        for tensor in tensors:
            mask |= self.ancestors[self._producer(tensor)]
        return mask

    def deepest(self) -> keras.KerasTensor:
        """Returns the output of the model that the most nodes lie below."""
        return max(self._given, key=lambda tensor: self.below([tensor]).bit_count())

    def operation(self, node: int) -> keras.Operation:
        """Returns the Keras operation of a node."""
        return self._nodes[node][0]

    def layer(self, node: int) -> keras.layers.Layer | None:
        """Returns the layer of a node; None for the input and for bare operations such as `x + 3`."""
        operation = self.operation(node)
        is_layer = isinstance(operation, keras.layers.Layer) and not isinstance(
            operation, keras.layers.InputLayer
        )
        return operation if is_layer else None

    def outputs(self, node: int) -> list[keras.KerasTensor]:
        """Returns the tensors that a node gives."""
        return list(self._nodes[node][1].output_tensors)

    def arguments(self, node: int) -> keras.KerasTensor | dict[str, keras.KerasTensor]:
        """Returns the first argument that a node was called with: a tensor, or tensors by name."""
        return self._nodes[node][1].arguments.args[0]

    def has_kernel(self, node: int) -> bool:
        """Whether a node's layer has a weight with two axes or more."""
        layer = self.layer(node)
        return layer is not None and any(len(weight.shape) >= 2 for weight in layer.weights)


def as_functional(model: keras.Model) -> keras.Model | None:
    """Returns a functional model as it is, and a built sequential one as a functional one of its layers; else None."""
    if isinstance(model, keras.Sequential):
        return keras.Model(model.inputs, model.outputs) if model.built and model.inputs else None
    return model if hasattr(model, "operations") else None
