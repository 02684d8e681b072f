"""The place of an image in the square of a model, in whole numbers that pixels, masks, boxes and apps follow alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import numpy as np  # `--help` knows the ways without it

RESIZES = ("stretch", "crop", "letterbox")
# What stands beside a letterboxed image, in every channel: the mean of ImageNet's channels (124, 116 and 104), which
# any family's preprocessing brings close to 0. YOLO has the same one, and so do apps that are made for it.
GREY = 114

Whole = TypeVar("Whole", int, "np.ndarray")


def letterbox_box(
    height: Whole, width: Whole, size: int, maximum: Callable[[Whole, Whole], Whole] = max
) -> tuple[Whole, Whole, Whole, Whole]:
    """Returns the place of a letterboxed image: its longer side fits, and its middle is in the middle.

    The shorter side is rounded to the nearest pixel, a half up, and has at least one. Where the bars are of an odd
    number of pixels, the upper or left one has the smaller half.

    Args:
        height: Of the image, in pixels, at least 1.
        width: Of the image, in pixels.
        size: Side of the square, in pixels.
        maximum: Gives the larger of two; `np.maximum` for arrays of sides, `tf.maximum` in a graph.

    Returns:
        top, left, inner height and inner width, in pixels of the square.
    """
    longer = maximum(height, width)
    inner_height = maximum(2 * height * size + longer, 2 * longer) // (2 * longer)
    inner_width = maximum(2 * width * size + longer, 2 * longer) // (2 * longer)
    return (size - inner_height) // 2, (size - inner_width) // 2, inner_height, inner_width
