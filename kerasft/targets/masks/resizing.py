"""Masks brought to the size of a model: each pixel takes the nearest one, and none is ever mixed."""

from __future__ import annotations

import numpy as np

from kerasft.base.resizing import letterbox_box

CROP, LETTERBOX = "crop", "letterbox"


def resize_mask(mask: np.ndarray, size: int, resize: str = "stretch") -> np.ndarray:
    """Resizes a mask as its image is resized: the same part of it, to the same place.

    Args:
        mask: (height, width) of any type.
        size: Side of the result, in pixels.
        resize: "stretch" (all of it, whatever its proportions), "crop" (the central square) or "letterbox" (all of it,
            its proportions kept).

    Returns:
        (size, size) of the same type; of "letterbox" without what is beside the image, which `framed` adds.
    """
    height, width = mask.shape
    after = (size, size)
    if resize == LETTERBOX:
        after = letterbox_box(height, width, size)[2:]
    elif resize == CROP:
        side = min(height, width)
        top, left = (height - side) // 2, (width - side) // 2
        mask = mask[top : top + side, left : left + side]
    return mask[np.ix_(*map(_nearest, mask.shape, after))]


def framed(mask: np.ndarray, size: int, outside: int) -> np.ndarray:
    """Returns a mask of `resize_mask` as (size, size): in the middle of a number, in a type that has room for it."""
    if mask.shape == (size, size):
        return mask
    whole = np.full((size, size), outside, np.promote_types(mask.dtype, np.min_scalar_type(outside)))
    top, left = ((size - length) // 2 for length in mask.shape)
    whole[top : top + mask.shape[0], left : left + mask.shape[1]] = mask
    return whole


def enlarge_mask(mask: np.ndarray, shape: tuple[int, int], resize: str, outside: int) -> np.ndarray:
    """Returns a mask (size, size) of a model as one of the whole image (height, width).

    Args:
        mask: Of the model.
        shape: Height and width of the image.
        resize: As the image was resized.
        outside: What stands where a crop has seen nothing.
    """
    if resize == LETTERBOX:
        top, left, height, width = letterbox_box(*shape, len(mask))
        mask = mask[top : top + height, left : left + width]
    if resize != CROP:
        return mask[np.ix_(*map(_nearest, mask.shape, shape))]
    side = min(shape)
    top, left = ((length - side) // 2 for length in shape)
    whole = np.full(shape, outside, mask.dtype)
    whole[top : top + side, left : left + side] = enlarge_mask(mask, (side, side), "stretch", outside)
    return whole


def _nearest(before: int, after: int) -> np.ndarray:
    """Returns the place that each of `after` pixels takes among `before`, centre to centre, int (after,)."""
    return ((2 * np.arange(after) + 1) * before) // (2 * after)
