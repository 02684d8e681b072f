"""Between pixels of an original image and pixels of the image that a model sees."""

from __future__ import annotations

import numpy as np

from kerasft.base.resizing import RESIZES, letterbox_box


def placement(sizes: np.ndarray, image_size: int, resize: str) -> tuple[np.ndarray, np.ndarray]:
    """Returns how each image lies on the model's: pixels there are pixels of the original times a scale plus an offset.

    Args:
        sizes: (n, 2) widths and heights of the originals, in pixels.
        image_size: Side of the model's images, in pixels.
        resize: "stretch", "crop" (the central square) or "letterbox".

    Returns:
        Scales and offsets, float64 (n, 2) each, of x and of y.
    """
    sizes = np.asarray(sizes, np.float64).reshape(-1, 2)
    if resize == "stretch":
        return image_size / sizes, np.zeros_like(sizes)
    if resize == "crop":
        side = sizes.min(axis=1, keepdims=True)
        scales = np.broadcast_to(image_size / side, sizes.shape)
        return scales, -((sizes - side) // 2) * scales
    if resize == "letterbox":
        rows = [letterbox_box(int(height), int(width), image_size) for width, height in sizes]
        inner = np.array(rows, np.float64).reshape(-1, 4)
        return inner[:, 3:1:-1] / sizes, inner[:, 1::-1]
    raise ValueError(f"resize must be one of {RESIZES} (received: {resize!r})")


def to_model(boxes: np.ndarray, sizes: np.ndarray, image_size: int, resize: str) -> np.ndarray:
    """Returns boxes of originals as boxes of the model's images; they may reach beyond these.

    Args:
        boxes: (n, m, 4) x1, y1, x2, y2 in pixels.
        sizes: (n, 2) widths and heights of the originals.
        image_size: Side of the model's images.
        resize: How they were resized.
    """
    scales, offsets = (np.tile(each, 2)[:, None, :] for each in placement(sizes, image_size, resize))
    return (boxes * scales + offsets).astype(np.float32)


def to_image(boxes: np.ndarray, sizes: np.ndarray, image_size: int, resize: str) -> np.ndarray:
    """Returns boxes (n, m, 4) of the model's images as boxes of the originals, cut at their edges."""
    scales, offsets = (np.tile(each, 2)[:, None, :] for each in placement(sizes, image_size, resize))
    edges = np.tile(np.asarray(sizes, np.float64).reshape(-1, 2), 2)[:, None, :]
    return np.clip((boxes - offsets) / scales, 0, edges).astype(np.float32)


def overlaps(ones: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Returns the intersection over union of boxes (..., n, 4) and (..., m, 4): (..., n, m)."""
    ones, others = ones[..., :, None, :], others[..., None, :, :]
    sides = np.minimum(ones[..., 2:], others[..., 2:]) - np.maximum(ones[..., :2], others[..., :2])
    common = np.prod(np.maximum(sides, 0), axis=-1)
    union = areas(ones) + areas(others) - common
    return np.where(union > 0, common / np.where(union > 0, union, 1), 0)


def areas(boxes: np.ndarray) -> np.ndarray:
    """Returns the areas of boxes (..., 4)."""
    return np.prod(np.maximum(boxes[..., 2:] - boxes[..., :2], 0), axis=-1)
