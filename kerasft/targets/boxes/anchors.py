"""Anchors: one square at each place of three feature maps, from which boxes are counted."""

from __future__ import annotations

import numpy as np

from kerasft.targets.boxes.geometry import areas, to_model

STRIDES = (8, 16, 32)  # pixels of the image between two places of a feature map
LEAST_SIZE = (
    -10.0
)  # of the logarithm of a side over the anchor's: beyond, exp makes nothing of it, or infinity
MOST_SIZE = 5.0
LEAST_SIDE = 8.0  # pixels of the model's image: what is smaller has no place of its own
_STEPS = 4  # strides in the side of an anchor, where its map finds best


def sides_of(train: np.ndarray, image_size: int, resize: str) -> tuple[float, ...]:
    """Returns the sides of the anchors of each feature map, in pixels of the model's image.

    From map to map they double, and the middle one of all training boxes has anchors of its size, on the map whose
    stride is nearest to a quarter of that: boxes of one size are then found on one map.

    Args:
        train: Targets, float32 (n, 1 + most, 6); see `kerasft.targets.boxes.schema.Boxes`.
        image_size: Side of the model's images.
        resize: How images are resized.
    """
    size = middle_size(train, image_size, resize)
    place = int(np.clip(np.rint(np.log2(size / (_STEPS * STRIDES[0]))), 0, len(STRIDES) - 1))
    finest = max(size / 2**place, LEAST_SIDE)
    return tuple(round(float(finest * stride / STRIDES[0]), 1) for stride in STRIDES)


def middle_size(train: np.ndarray, image_size: int, resize: str) -> float:
    """Returns the median of the roots of boxes' areas in the model's image, in pixels; without boxes, an anchor's."""
    moved = to_model(train[:, 1:, :4], train[:, 0, 2:4], image_size, resize)
    sizes = np.sqrt(areas(moved)[(train[:, 1:, 4] >= 0) & (train[:, 1:, 5] == 0)])
    return float(np.median(sizes)) if len(sizes) else float(_STEPS * STRIDES[0])


def anchors_of(image_size: int, sides: tuple[float, ...]) -> np.ndarray:
    """Returns the anchors, float32 (anchors, 3): x and y of the centre, and the side, in pixels of the model's image.

    They go through the feature maps from the finest to the coarsest, row by row.
    """
    parts = []
    for stride, side in zip(STRIDES, sides, strict=True):
        centres = (np.arange(image_size // stride) + 0.5) * stride
        y, x = np.meshgrid(centres, centres, indexing="ij")
        parts.append(np.stack([x.ravel(), y.ravel(), np.full(x.size, side)], axis=1))
    return np.concatenate(parts).astype(np.float32)


def decoded(raw: np.ndarray, image_size: int, sides: tuple[float, ...]) -> np.ndarray:
    """Returns the boxes that a model's raw ones mean, as shares of the image: float32 (n, anchors, 4), x1, y1, x2, y2.

    Args:
        raw: (n, anchors, 4): the centre's y and x less the anchor's, over its side; the logarithms of height and width
            over its side. The order is that of MediaPipe's decoder.
        image_size: Side of the model's images.
        sides: Of the anchors.
    """
    anchors = anchors_of(image_size, sides)
    side, raw = anchors[:, 2:], np.asarray(raw, np.float32)
    centres = raw[..., 1::-1] * side + anchors[:, :2]
    halves = np.exp(np.clip(raw[..., :1:-1], LEAST_SIZE, MOST_SIZE)) * side / 2
    corners = np.concatenate([centres - halves, centres + halves], axis=-1) / np.float32(image_size)
    return np.clip(corners, 0, 1)
