"""The feature maps of a backbone at several strides, as detection and segmentation take them."""

from __future__ import annotations

from collections.abc import Sequence

import keras

from kerasft.base.errors import InputError, Problem
from kerasft.networks.blocks import split_blocks
from kerasft.networks.graph import Graph

STRIDES = (4, 8, 16, 32)  # pixels of the image between two positions of a map


def levels_of(backbone: keras.Model) -> dict[int, keras.KerasTensor]:
    """Returns the feature maps (batch, height, width, channels) of a backbone by their strides, finest first.

    Of each stride it is the highest map that alone carries the graph, which is the output of a block: such a map is
    narrow, unlike those inside the block, where channels are expanded.

    Args:
        backbone: A functional model of images of one fixed size, one feature map out.
    """
    alone = [block.cut[0] for block in split_blocks(backbone)[1:] if len(block.cut) == 1]
    found = {}
    for tensor in (*alone, Graph(backbone).deepest()):
        stride = _stride(tensor.shape, backbone.inputs[0].shape)
        if stride is not None:
            found[stride] = tensor
    return dict(sorted(found.items()))


def with_levels(backbone: keras.Model, strides: Sequence[int]) -> keras.Model:
    """Returns a model of a backbone's layers that gives its feature maps at some strides.

    Layers that none of them depends on are left out. The weights are shared: load them into `backbone` before.

    Args:
        backbone: See `levels_of`.
        strides: Any of `STRIDES`, at least one.

    Returns:
        The model, named "backbone", with its outputs by the names "stride_4", "stride_8", ...

    Raises:
        InputError: The backbone has no map of such a stride.
    """
    found = levels_of(backbone)
    missing = sorted(set(strides) - set(found))
    if missing:
        height, width = backbone.inputs[0].shape[1:3]
        has = f"only of {', '.join(map(str, found))}" if found else "nor of any other"
        what = f"the backbone has no feature map of stride {', '.join(map(str, missing))}, {has}"
        hint = "use another backbone, such as mobilenet_v3_small, with an image size that is a multiple of 32"
        raise InputError(Problem(what, f"{height} x {width} pixels", hint))
    outputs = {f"stride_{stride}": found[stride] for stride in sorted(set(strides))}
    return keras.Model(backbone.input, outputs, name="backbone")


def _stride(shape: Sequence[int], image: Sequence[int]) -> int | None:
    """Returns the stride of a map on an image; None if it is none of `STRIDES` or not the same along both axes."""
    if len(shape) != 4 or None in (*shape[1:3], *image[1:3]):
        return None
    return next((stride for stride in STRIDES if _fits(shape, image, stride)), None)


def _fits(shape: Sequence[int], image: Sequence[int], stride: int) -> bool:
    """Whether the positions of a map lie a stride apart; the last one may be of a part of the image."""
    sizes = zip(shape[1:3], image[1:3], strict=True)
    return all(stride <= whole and size in (whole // stride, -(-whole // stride)) for size, whole in sizes)
