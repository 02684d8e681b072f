"""The blocks of a backbone: its graph divided at cuts, so that no branch is ever half-frozen.

A cut is the set of tensors that crosses from a lower part of the graph to the part above it. Any node's
ancestors form such a lower part. Where one tensor crosses, every path from the input to the output runs
through it: between two such places lies a whole residual unit or a whole dense step. NASNet's cells take the
outputs of the two cells before, so there two tensors cross; a cut of two tensors is allowed only between
units that the layer names tell apart. So it is with DeBERTa's relative positions, which all its layers take.
What depends on inputs alone, such as a padding mask, may cross any cut: it is no part of the work below.

A backbone may have several outputs, such as feature maps of several strides. They don't change where it is cut; those
that lie below a cut cross it too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import keras

from kerasft.base.errors import InputError, Problem, did_you_mean
from kerasft.networks.graph import Graph

# Layers whose names share one of these prefixes belong together: an inverted residual, a depthwise-separable
# pair, a NASNet cell, the embeddings of a text. The first pattern that matches names the unit.
_UNITS = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?:token_|token_and_position_|position_|segment_|rel_)?(embedding)s?(?:_.*)?$",  # of texts
        r"(group_\d+)_inner_layer_\d+$",  # ALBERT, whose layers share their weights
        r"((?:transformer|f_net|disentangled_attention_encoder)_layer_\d+)$",  # the other text encoders
        r"(?:.*_)?(stage_\d+_block_\d+)_",  # ConvNeXt
        r"(?:normal|reduction|adjust|separable_conv)_.*?((?:stem_|reduce_)?\d+)$",  # NASNet
        r"(stack\d+_block\d+)_",  # ResNet of KerasHub
        r"(conv\d+_block\d+)_",  # ResNet, DenseNet
        r"(pool[2-9])_",  # transitions of DenseNet
        r"(block\d+_\d+)(?:_|$)",  # Inception-ResNet
        r"(expanded_conv(?:_\d+)?)_",  # MobileNetV3, first block of MobileNetV2
        r"(block_\d+)_",  # MobileNetV2
        r"(conv_(?:pad_|dw_|pw_)\d+)",  # MobileNet
        r"(block\d+[a-z]+)_",  # EfficientNet
        r"(block\d+)_",  # VGG, Xception
        r"(mixed(?:\d+|_\d+[a-z]))$",  # Inception
    )
)


EMBEDDING = "embedding"  # the lowest block of a text backbone; a share leaves it frozen, only "all" does not


@dataclass(frozen=True)
class Block:
    """A part of the backbone between two cuts.

    Args:
        name: Stable name, from the layers' names: "conv4_block6", "block_7", "cell_12".
        layers: Its layers, in the order of the graph.
        cut: The tensors that this block and those above it take from below.
        taps: The other outputs of the backbone that lie below. With the tensors of the cut, all outputs follow from
            them.
    """

    name: str
    layers: tuple[keras.layers.Layer, ...]
    cut: tuple[keras.KerasTensor, ...]
    taps: tuple[keras.KerasTensor, ...] = ()

    @property
    def crossing(self) -> tuple[keras.KerasTensor, ...]:
        """All tensors that cross just below, those of the cut first."""
        return self.cut + self.taps


def split_blocks(backbone: keras.Model) -> tuple[Block, ...]:
    """Divides a functional backbone into blocks, from input to output.

    Every block holds at least one layer with a kernel; normalisations, activations, pooling and padding
    between two kernels go with the block below. Each layer is in exactly one block.

    Args:
        backbone: A functional model with one output or several.

    Returns:
        The blocks; the cut of the first one is the input, or the inputs.
    """
    graph = Graph(backbone)
    blocks: list[Block] = []
    for below, above in _segments(graph, _chain_of_cuts(graph)):
        members = graph.members(above & ~below)
        name = _unique(_name(graph, members), {block.name for block in blocks})
        layers = tuple(dict.fromkeys(graph.layer(node) for node in members if graph.layer(node) is not None))
        cut = graph.crossing(below)
        blocks.append(Block(name, layers, cut, others(graph.given(below), cut)))
    return tuple(blocks)


def others(
    tensors: Iterable[keras.KerasTensor], known: Iterable[keras.KerasTensor]
) -> tuple[keras.KerasTensor, ...]:
    """Returns the tensors that are not among those known."""
    known = {id(tensor) for tensor in known}
    return tuple(tensor for tensor in tensors if id(tensor) not in known)


def resolve_unfreeze(unfreeze: float | int | str, blocks: Sequence[Block]) -> int:
    """Returns how many blocks, counted from the top, train.

    Args:
        unfreeze: 0 (none), a share of the blocks (0 < x < 1, at least one block; of a text backbone, a share of its
            transformer layers), a number of blocks, the name of the lowest layer or block that trains, or "all".
            Numbers may be given as text.
        blocks: The backbone's blocks.

    Raises:
        InputError: The number is out of range or the name is unknown.
    """
    value = _as_number(unfreeze)
    if isinstance(value, str):
        return _blocks_above(value, blocks)
    if isinstance(value, int) and 0 <= value <= len(blocks):
        return value
    if isinstance(value, float) and 0.0 < value < 1.0:
        return max(1, round(value * (len(blocks) - (blocks[0].name == EMBEDDING))))
    if value == 0.0:
        return 0
    hint = f"use a share between 0 and 1, a number of blocks up to {len(blocks)}, a layer's name, or 'all'"
    if value == 1.0 and isinstance(value, float):
        hint = "use 'all' for the whole backbone, or 1 for its top block"
    raise InputError(Problem("--unfreeze is out of range", repr(unfreeze), hint))


def _as_number(unfreeze: float | int | str) -> float | int | str:
    if isinstance(unfreeze, bool):
        return repr(unfreeze)
    if isinstance(unfreeze, str):
        for kind in (int, float):
            try:
                return kind(unfreeze)
            except ValueError:
                pass
    return unfreeze


def _blocks_above(name: str, blocks: Sequence[Block]) -> int:
    if name == "all":
        return len(blocks)
    for index, block in enumerate(blocks):
        if name == block.name or name in {layer.name for layer in block.layers}:
            return len(blocks) - index
    known = [block.name for block in blocks] + [layer.name for block in blocks for layer in block.layers]
    otherwise = "the blocks are " + ", ".join(block.name for block in blocks)
    raise InputError(
        Problem("--unfreeze names no layer of the backbone", repr(name), did_you_mean(name, known, otherwise))
    )


def _units(graph: Graph) -> dict[str, int]:
    """Returns the sets that no cut may divide: layers of one unit, and calls of one shared layer."""
    units: dict[str, int] = {}
    for node in range(graph.size):
        layer = graph.layer(node)
        if layer is not None:
            keys = [unit] if (unit := unit_of(layer.name)) else []
            keys += [f"shared {id(layer)}"] if layer.weights else []
            for key in keys:
                units[key] = units.get(key, 0) | 1 << node
    return units


def unit_of(layer_name: str) -> str:
    """Returns the unit that a layer's name tells it belongs to, or ""."""
    for pattern in _UNITS:
        match = pattern.match(layer_name)
        if match:
            unit = re.sub(r"^conv_(?:pad|dw|pw)_", "conv_", match[1])
            return unit if not re.match(r"(?:stem_|reduce_)?\d+$", unit) else f"cell_{unit}"
    return ""


def _chain_of_cuts(graph: Graph) -> list[int]:
    """Returns the lower parts (sets of nodes) of all allowed cuts, each within the next."""
    units = _units(graph)
    named = {unit: mask for unit, mask in units.items() if not unit.startswith("shared ")}
    candidates = []
    for node in range(graph.size):
        lower = graph.ancestors[node] | graph.weightless
        width = graph.width(lower)
        whole = all(mask & lower in (0, mask) for mask in units.values())
        if width in (1, 2) and whole:
            candidates.append((lower.bit_count(), width, lower))
    candidates.sort()
    chain: list[int] = []
    for position, (_, width, lower) in enumerate(candidates):
        below = chain[-1] if chain else 0
        if below & ~lower:
            continue
        above = next((mask for _, w, mask in candidates[position + 1 :] if w == 1), graph.everything)
        if width == 2 and not (_holds_unit(named, lower & ~below) and _holds_unit(named, above & ~lower)):
            continue
        chain.append(lower)
    return chain


def _holds_unit(units: dict[str, int], part: int) -> bool:
    return any(mask and not mask & ~part for mask in units.values())


def _segments(graph: Graph, cuts: Iterable[int]) -> list[tuple[int, int]]:
    """Returns (below, above) per block: a segment without a kernel goes with the one below it."""
    kernels = sum(1 << node for node in range(graph.size) if graph.has_kernel(node))
    start = sum(1 << node for node in range(graph.size) if graph.is_input(node))
    segments: list[tuple[int, int]] = []
    below = start
    for above in [*cuts, graph.everything]:
        part = above & ~below
        if not part:
            continue
        if part & kernels or not segments:
            # preprocessing below the first kernel has no block to join: it opens the first block
            if segments and not (segments[-1][1] & ~segments[-1][0]) & kernels:
                below = segments.pop()[0]
            segments.append((below, above))
        else:
            segments[-1] = (segments[-1][0], above)
        below = above
    return segments


def _name(graph: Graph, members: Sequence[int]) -> str:
    """Returns the unit that a block's kernels belong to, else any unit in it, else its first kernel's name."""
    kernels = [graph.operation(node).name for node in members if graph.has_kernel(node)]
    others = [graph.operation(node).name for node in members]
    units = [unit for name in [*reversed(kernels), *reversed(others)] if (unit := unit_of(name))]
    return (units or kernels or others)[0]


def _unique(name: str, taken: set[str]) -> str:
    candidate, number = name, 2
    while candidate in taken:
        candidate, number = f"{name}_{number}", number + 1
    return candidate
