"""Anchors: one square at each place of three feature maps, from which boxes are counted."""

from __future__ import annotations

import numpy as np

STRIDES = (8, 16, 32)  # pixels of the image between two places of a feature map
LEAST_SIZE = (
    -10.0
)  # of the logarithm of a side over the anchor's: beyond, exp makes nothing of it, or infinity
MOST_SIZE = 5.0


def sides_of(train: np.ndarray, image_size: int, resize: str) -> tuple[float, ...]:
    """Returns the sides of the anchors of each feature map, in pixels of the model's image.

    Args:
        train: Targets, float32 (n, 1 + most, 6); see `kerasft.targets.boxes.schema.Boxes`.
        image_size: Side of the model's images.
        resize: How images are resized.
    """
    return tuple(float(4 * stride) for stride in STRIDES)


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
