"""Which anchors are to find which boxes, in graphs of any backend."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from kerasft.targets.boxes.anchors import STRIDES

_NEAREST = 9  # anchors of each feature map whose middles are nearest to a box
_FAR = 1e9  # square pixels; what is nearer by little decides where overlaps are equal
_SLIGHT = 1e-6


def assigned(
    boxes: keras.KerasTensor, counted: keras.KerasTensor, anchors: np.ndarray, image_size: int
) -> keras.KerasTensor:
    """Returns the box that each anchor is to find, int32 (batch, anchors): its place, or -1.

    Adaptive training sample selection (Zhang et al. 2020, arXiv:1912.02424): of the anchors nearest to a box, those
    whose middle is in it and that overlap it by more than is usual among them: the mean and one deviation. A box
    without such an anchor gets the one that overlaps it most, or else is nearest. An anchor of several boxes finds the
    one that it overlaps most.

    Args:
        boxes: float32 (batch, most, 4), in pixels of the model's image.
        counted: bool (batch, most): which of them are to be found.
        anchors: float32 (anchors, 3); see `kerasft.targets.boxes.anchors.anchors_of`.
        image_size: Side of the model's image.
    """
    middles, halves = anchors[:, :2], anchors[:, 2:] / 2
    squares = ops.convert_to_tensor(np.concatenate([middles - halves, middles + halves], axis=1))
    overlap, _ = paired_overlap(boxes[:, :, None], squares[None, None])
    x1, y1, x2, y2 = (boxes[..., axis, None] for axis in range(4))
    x, y = middles.T
    away = ops.square((x1 + x2) / 2 - x) + ops.square((y1 + y2) / 2 - y)
    near = _nearest(away, image_size)
    count = ops.sum(near, axis=-1, keepdims=True)
    mean = ops.sum(overlap * near, axis=-1, keepdims=True) / count
    variance = ops.sum(ops.square(overlap - mean) * near, axis=-1, keepdims=True) / count
    inside = (x > x1) & (x < x2) & (y > y1) & (y < y2)
    fits = (near > 0) & (overlap >= mean + ops.sqrt(variance)) & inside
    rank = overlap - away / _FAR
    best = rank >= ops.max(rank, axis=-1, keepdims=True)
    fits = (fits | (best & ops.logical_not(ops.any(fits, axis=-1, keepdims=True)))) & counted[..., None]
    place = ops.cast(ops.argmax(ops.where(fits, rank, -_FAR), axis=1), "int32")
    return ops.where(ops.any(fits, axis=1), place, -1)


def _nearest(away: keras.KerasTensor, image_size: int) -> keras.KerasTensor:
    """Returns float32 (batch, most, anchors), 1 for the anchors of each feature map that are nearest."""
    parts, start = [], 0
    for stride in STRIDES:
        count = (image_size // stride) ** 2
        own = away[..., start : start + count]
        farthest = -ops.top_k(-own, min(_NEAREST, count))[0][..., -1:]
        parts.append(ops.cast(own <= farthest, "float32"))
        start += count
    return ops.concatenate(parts, axis=-1)


def paired_overlap(
    ones: keras.KerasTensor, others: keras.KerasTensor
) -> tuple[keras.KerasTensor, keras.KerasTensor]:
    """Returns the intersection over union, and the union, of boxes (..., 4) beside boxes (..., 4): (...) each."""
    sides = ops.minimum(ones[..., 2:], others[..., 2:]) - ops.maximum(ones[..., :2], others[..., :2])
    sides = ops.maximum(sides, 0.0)
    common = sides[..., 0] * sides[..., 1]
    union = ops.maximum(area(ones) + area(others) - common, _SLIGHT)
    return common / union, union


def area(boxes: keras.KerasTensor) -> keras.KerasTensor:
    """Returns the areas (...) of boxes (..., 4)."""
    return ops.maximum(boxes[..., 2] - boxes[..., 0], 0.0) * ops.maximum(boxes[..., 3] - boxes[..., 1], 0.0)
