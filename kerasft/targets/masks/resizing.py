"""Masks brought to the size of a model: each pixel takes the nearest one, and none is ever mixed."""

from __future__ import annotations

import numpy as np

CROP = "crop"


def resize_mask(mask: np.ndarray, size: int, resize: str = "stretch") -> np.ndarray:
    """Resizes a mask as its image is resized: the same part of it, to the same place.

    Args:
        mask: (height, width) of any type.
        size: Side of the result, in pixels.
        resize: "stretch" (all of it, whatever its proportions) or "crop" (the central square).

    Returns:
        (size, size) of the same type.
    """
    if resize == CROP:
        height, width = mask.shape
        side = min(height, width)
        top, left = (height - side) // 2, (width - side) // 2
        mask = mask[top : top + side, left : left + side]
    return mask[np.ix_(*(_nearest(length, size) for length in mask.shape))]


def enlarge_mask(mask: np.ndarray, shape: tuple[int, int], resize: str, outside: int) -> np.ndarray:
    """Returns a mask (size, size) of a model as one of the whole image (height, width).

    Args:
        mask: Of the model.
        shape: Height and width of the image.
        resize: As the image was resized.
        outside: What stands where a crop has seen nothing.
    """
    if resize != CROP:
        return mask[np.ix_(*(_nearest(len(mask), length) for length in shape))]
    side = min(shape)
    top, left = ((length - side) // 2 for length in shape)
    whole = np.full(shape, outside, mask.dtype)
    whole[top : top + side, left : left + side] = enlarge_mask(mask, (side, side), "stretch", outside)
    return whole


def _nearest(before: int, after: int) -> np.ndarray:
    """Returns the place that each of `after` pixels takes among `before`, centre to centre, int (after,)."""
    return ((2 * np.arange(after) + 1) * before) // (2 * after)
