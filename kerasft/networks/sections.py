"""A model divided at its cuts: the sections below, which are computed once, and the one above, which trains.

The layers are the model's own, in every section: what a section learns, the model has learned.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias, cast

import keras

from kerasft.base.specs import Spec
from kerasft.networks.blocks import split_blocks
from kerasft.networks.graph import Graph, places_kept
from kerasft.networks.layers import is_random
from kerasft.networks.surroundings import Surroundings, surroundings_of


class Sections:
    """The cuts of a model, numbered by how many blocks of the backbone lie below.

    Cut 0 is the model's input. Cut `top` is above the whole backbone, at the pooled features: as far up as nothing
    learns and nothing is random in any phase. A backbone may have several outputs, such as feature maps of several
    strides: those that lie below a cut cross it too.

    Args:
        model: A model from `build_model`.
    """

    def __init__(self, model: keras.Model):
        self.model = model
        self.backbone = model.get_layer("backbone")
        self.blocks = split_blocks(self.backbone)
        self.top = len(self.blocks)
        self._around = surroundings_of(model)
        self._features = _features(self._around)
        self._specs: dict[int, dict[str, Spec]] = {}

    def frozen(self) -> int:
        """Returns the highest cut below which nothing trains, by the flags as they are now."""
        for index, block in enumerate(self.blocks):
            if any(layer.trainable_weights for layer in block.layers):
                return index
        return self.top

    def name(self, cut: int) -> str:
        """Returns where a cut is, in words."""
        if cut < self.top:
            return f"below block {self.blocks[cut].name}"
        return "pooled features" if all(len(each.shape) == 2 for each in self._features) else "feature maps"

    def specs(self, cut: int) -> dict[str, Spec]:
        """Returns the tensors that cross a cut above the input, by name."""
        if cut not in self._specs:
            outputs = self.between(0, cut).output
            self._specs[cut] = {
                name: Spec(tuple(tensor.shape[1:]), tensor.dtype) for name, tensor in outputs.items()
            }
        return self._specs[cut]

    def between(self, lower: int, upper: int | None) -> keras.Model:
        """Returns the section from one cut to another; `upper=None` is the tail, with the model's own outputs.

        Tensors at a cut go by the names "cut_0", "cut_1", ...; at cut 0 they are what the model takes.
        """
        if lower == 0:
            return keras.Model(self.model.input, _named(self._from_input(upper)))
        inputs = {
            name: keras.Input(spec.shape, dtype=spec.dtype, name=name)
            for name, spec in self.specs(lower).items()
        }
        outputs = self._from_cut(lower, upper, list(inputs.values()))
        if upper is not None:
            return keras.Model(inputs, _named(outputs))
        return keras.Model(inputs, keras.tree.pack_sequence_as(self.model.output, outputs))

    def multiply_adds(self, cut: int) -> int:
        """Returns about how many multiplications and additions the part below a cut makes for one example.

        Of every kernel, its size times the number of positions that it is applied to; attention scores, activations
        and normalisation are left out.
        """
        graph = Graph(self.backbone)
        below = {id(layer) for block in self.blocks[:cut] for layer in block.layers}
        tokens = self.model.inputs[0].shape[1]
        total = 0
        for node in range(graph.size):
            layer = graph.layer(node)
            if layer is not None and id(layer) in below and "Embedding" not in type(layer).__name__:
                positions = math.prod(size or tokens for size in graph.outputs(node)[0].shape[1:-1])
                total += positions * sum(math.prod(w.shape) for w in layer.weights if len(w.shape) > 1)
        return total

    def weights_below(self, cut: int) -> list[keras.Variable]:
        """Returns the weights that what crosses a cut depends on."""
        return [weight for block in self.blocks[:cut] for layer in block.layers for weight in layer.weights]

    def _from_input(self, upper: int | None) -> Sequence[keras.KerasTensor]:
        if upper == self.top:
            return self._features
        cut = list(self.blocks[upper].crossing)  # type: ignore[index]
        return [*call(self.backbone.input, cut, self._around.arguments), *self._around.side]

    def _from_cut(
        self, lower: int, upper: int | None, inputs: list[keras.KerasTensor]
    ) -> list[keras.KerasTensor]:
        end = self.model.outputs if upper is None else self._features
        if lower == self.top:
            return call(self._features, end, inputs)
        below = list(self.blocks[lower].crossing)
        inner, side = inputs[: len(below)], inputs[len(below) :]
        if upper is not None and upper < self.top:
            return [*call(below, list(self.blocks[upper].crossing), inner), *side]
        outputs = call(below, self.backbone.outputs, inner)
        return call([*self._around.outputs, *self._around.side], end, [*outputs, *side])


# A tensor, several, or several by name
Tensors: TypeAlias = "keras.KerasTensor | Sequence[keras.KerasTensor] | dict[str, keras.KerasTensor]"


def call(inputs: Tensors, outputs: list[keras.KerasTensor], arguments: Tensors) -> list[keras.KerasTensor]:
    """Returns the outputs for other arguments than `inputs`; an output that is an input is its argument.

    Keras itself would take a tensor that goes through a model unchanged for a cycle.
    """
    flat = (
        list(inputs.values())
        if isinstance(inputs, dict)
        else list(inputs)
        if isinstance(inputs, list)
        else [inputs]
    )
    given = (
        [cast(dict, arguments)[name] for name in inputs]
        if isinstance(inputs, dict)
        else keras.tree.flatten(arguments)
    )
    known = {id(tensor): argument for tensor, argument in zip(flat, given, strict=True)}
    computed = [tensor for tensor in outputs if id(tensor) not in known]
    if computed:
        with places_kept(flat):
            results = keras.Model(inputs, computed)(arguments)
        known |= {id(tensor): result for tensor, result in zip(computed, results, strict=True)}
    return [known[id(tensor)] for tensor in outputs]


def _named(tensors: Sequence[keras.KerasTensor]) -> dict[str, keras.KerasTensor]:
    return {f"cut_{index}": tensor for index, tensor in enumerate(tensors)}


def _features(around: Surroundings) -> list[keras.KerasTensor]:
    """Returns what the part that learns takes from all below it.

    That is what follows from the backbone without learning, such as pooled features; or what comes from the backbone
    itself, where it is less, as it is of maps that a head enlarges first.
    """
    graph = around.graph
    still = _still(graph, around.below)
    kept, taken = (list(graph.leaving(mask)) for mask in (still, around.below))
    return taken if _numbers(taken) < _numbers(kept) else kept


def _numbers(tensors: Sequence[keras.KerasTensor]) -> int:
    """Returns how many numbers tensors hold for one example; axes of no fixed length count as one."""
    return sum(math.prod(size or 1 for size in tensor.shape[1:]) for tensor in tensors)


def _still(graph: Graph, below: int) -> int:
    """Returns the nodes that depend on nothing that learns or is random: all below, and what follows from them."""
    still = below
    for node in range(graph.size):  # parents come first
        layer = graph.layer(node)
        changes = layer is not None and (layer.weights or is_random(layer))
        if not changes and not graph.ancestors[node] & ~(still | 1 << node):
            still |= 1 << node
    return still
