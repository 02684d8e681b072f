"""A model divided inside its backbone, and where: the last place that still has positions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import keras

from kerasft.networks.blocks import others, split_blocks
from kerasft.networks.graph import Graph
from kerasft.networks.sections import call
from kerasft.networks.surroundings import surroundings_of

FEWEST = 5  # positions to a side, where there are so many: coarser maps show little


@dataclass(frozen=True)
class Place:
    """A place in a backbone whose tensor has an axis, or two, of positions.

    Args:
        cut: The tensors that cross there.
        name: In words: "the backbone's output", or "below block NAME".
        grid: Height and width of its positions.
        prefix: Tokens before those of the grid, such as a class token; 0 for feature maps.
    """

    cut: tuple[keras.KerasTensor, ...]
    name: str
    grid: tuple[int, int]
    prefix: int = 0

    def __str__(self) -> str:
        return f"{self.grid[0]} x {self.grid[1]} positions {self.name}"


@dataclass(frozen=True)
class Divided:
    """A model in two parts that share its layers.

    Args:
        lower: From what the model takes to the tensors of a cut, by the names "cut_0", "cut_1", ...; behind them,
            whatever else the upper part takes.
        upper: From these to the model's outputs, such as logits (batch, classes).
    """

    lower: keras.Model
    upper: keras.Model


def divide(model: keras.Model, cut: Sequence[keras.KerasTensor]) -> Divided:
    """Divides a model from `build_model` at tensors of its backbone: those of a cut, or its deepest output."""
    backbone, around = model.get_layer("backbone"), surroundings_of(model)
    graph = Graph(backbone)
    # the other outputs that lie below go around the upper part of the backbone
    passing = [*cut, *_around(graph, cut)]
    below = [*call(backbone.input, passing, around.arguments), *around.side]
    lower = keras.Model(model.input, {f"cut_{number}": tensor for number, tensor in enumerate(below)})
    entries = [
        keras.Input(tensor.shape[1:], dtype=tensor.dtype, name=f"cut_{number}")
        for number, tensor in enumerate(below)
    ]
    features = call(passing, backbone.outputs, entries[: len(passing)])
    ends = [*features, *entries[len(passing) :]]
    outputs = call([*around.outputs, *around.side], model.outputs, ends)
    upper = keras.tree.pack_sequence_as(model.output, outputs)
    return Divided(lower, keras.Model({entry.name: entry for entry in entries}, upper))


def feature_map(backbone: keras.Model, *, alone: bool = False) -> Place | None:
    """Returns the highest feature map (batch, height, width, channels) of a backbone, or None where there is none.

    It is the backbone's output, the deepest if it has several, or else the highest cut of one such tensor. Images of
    few pixels leave no positions at the top: then it is the highest with 5 x 5 or more, or the one with the most.

    Args:
        backbone: A functional model of images.
        alone: Whether nothing may go around the map to another output.
    """
    graph = Graph(backbone)
    found = [
        Place(cut, name, (cut[0].shape[1], cut[0].shape[2]))
        for name, cut in _places(backbone)
        if not (alone and _around(graph, cut))
        and len(cut) == 1
        and len(cut[0].shape) == 4
        and None not in cut[0].shape[1:]
    ]
    large = [place for place in found if min(place.grid) >= FEWEST]
    return large[0] if large else max(found, key=lambda place: math.prod(place.grid), default=None)


def patch_tokens(backbone: keras.Model, image_size: int, patch: int | None = None) -> list[Place]:
    """Returns all places with patch tokens (batch, tokens, channels), from the output down to the embeddings.

    Args:
        backbone: A functional model of images.
        image_size: Pixels to a side.
        patch: Pixels to a side of a patch, where it is known: how many of the tokens are patches follows from it.
    """
    places = []
    for name, cut in _places(backbone):
        if len(cut) != 1 or len(cut[0].shape) != 3 or not cut[0].shape[1]:
            continue
        tokens = cut[0].shape[1]
        side = image_size // patch if patch else math.isqrt(tokens)
        if 1 < side * side <= tokens:
            places.append(Place(cut, name, (side, side), tokens - side * side))
    return places


def _around(graph: Graph, cut: Sequence[keras.KerasTensor]) -> tuple[keras.KerasTensor, ...]:
    """Returns the outputs that are made below a cut and are not of it."""
    return others(graph.given(graph.below(cut)), cut)


def _places(backbone: keras.Model) -> list[tuple[str, tuple[keras.KerasTensor, ...]]]:
    blocks = split_blocks(backbone)
    cuts = [(f"below block {block.name}", block.cut) for block in reversed(blocks[1:])]
    return [("at the backbone's output", (Graph(backbone).deepest(),)), *cuts]


def patch_size_of(model_config: object) -> int | None:
    """Returns the side of a patch in pixels from the config of a KerasHub backbone; None where it says nothing."""
    options = ((getattr(model_config, "backbone_config", None) or {}).get("config")) or {}
    size = options.get("patch_size")
    size = size[0] if isinstance(size, list | tuple) and size else size
    return size if isinstance(size, int) and not isinstance(size, bool) and size > 0 else None
