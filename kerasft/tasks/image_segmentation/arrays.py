"""Images in memory, with the mask of each beside it."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import numpy as np

from kerasft.inputs.images.arrays import images_with_answers
from kerasft.targets.masks.colours import Colours, UnlistedColourError
from kerasft.targets.masks.decoding import BrokenMaskError, decode_mask
from kerasft.tasks.image_segmentation.pairs import Pair

_FORM = "give the numbers of the classes as an array (height, width) of whole numbers"


def array_pairs(
    images: object, answers: object, skip_broken: bool, colours: Colours | None
) -> tuple[list[Pair], list[str]]:
    """Returns images with their masks, and remarks.

    Args:
        images: See `kerasft.inputs.images.arrays.images_with_answers`.
        answers: Of each image its mask: numbers of classes (height, width), colours (height, width, 3) where these are
            listed, a PIL image or a file of either.
        skip_broken: Whether images that can't be read are left out.
        colours: Of the classes, for masks in colours.

    Raises:
        InputError: There are no masks, or more or fewer than images, or an image can't be read.
    """
    notes: list[str] = []
    found = images_with_answers(images, answers, skip_broken, notes)
    return [
        Pair(each.id, each.pixels, partial(mask_in, each.answer, colours), f"mask of {each.id}")
        for each in found
    ], notes


def mask_in(given: object, colours: Colours | None) -> np.ndarray:
    """Returns a mask uint8 (height, width).

    Raises:
        BrokenMaskError: It holds no numbers of classes, or a colour that isn't listed.
    """
    if isinstance(given, str | os.PathLike):
        return decode_mask(Path(given), colours)
    values = np.asarray(given)  # of a PIL image with a palette, its places
    if values.ndim == 3 and values.shape[-1] == 1:
        values = values[..., 0]
    if values.dtype != bool and not np.issubdtype(values.dtype, np.integer):
        raise BrokenMaskError(f"an array of {values.dtype}, and whole numbers are needed", _FORM)
    if 0 in values.shape or values.ndim not in (2, 3):
        shape = ", ".join(map(str, values.shape))
        raise BrokenMaskError(f"an array ({shape}), and (height, width) is needed", _FORM)
    low, high = int(values.min()), int(values.max())
    if low < 0 or high > 255:
        raise BrokenMaskError(f"numbers from {low} to {high}, and 0 to 255 are needed", _FORM)
    values = values.astype(np.uint8)
    return values if values.ndim == 2 else _of_colours(values, colours)


def _of_colours(values: np.ndarray, colours: Colours | None) -> np.ndarray:
    if colours is None or values.shape[-1] not in (3, 4):
        shape = ", ".join(map(str, values.shape))
        step = f"{_FORM}, or list the classes with their colours in a file for --classes"
        raise BrokenMaskError(f"an array ({shape}), and (height, width) is needed", step)
    try:
        return colours.numbers_of(values[..., :3])
    except UnlistedColourError as error:
        step = "list all classes with their colours, and make masks without anti-aliasing"
        raise BrokenMaskError(str(error), step) from None
