"""Images that are in memory: arrays and PIL images, to the pixels that their file would give."""

from __future__ import annotations

import os

import numpy as np
from PIL import Image

from kerasft.inputs.images.decode import decode_image, over_white, pixels_of, resize_image
from kerasft.inputs.images.encoding import ImageEncoder
from kerasft.inputs.images.limits import BrokenImageError, refuse_bomb


def load_object(content: object, encoder: ImageEncoder) -> tuple[np.ndarray, tuple[int, int]]:
    """Brings an image to the size of a model: uint8 (image_size, image_size, 3); with its own width and height.

    Args:
        content: A path, encoded bytes, a PIL image, or an array (height, width) or (height, width, 1, 3 or 4), 0..255;
            a fourth channel is its opacity.
        encoder: Of the model.

    Raises:
        BrokenImageError: It can't be read, or has other values.
    """
    pixels = pixels_in(content, encoder.bit_depth)
    height, width = pixels.shape[:2]
    return resize_image(pixels, encoder.image_size, encoder.resize), (width, height)


def pixels_in(content: object, bit_depth: int | None = None) -> np.ndarray:
    """Returns the pixels of an image, uint8 (height, width, 3); see `load_object`.

    Raises:
        BrokenImageError: It can't be read, or has other values.
    """
    if isinstance(content, str | os.PathLike | bytes | bytearray | memoryview):
        return decode_image(content, bit_depth)  # type: ignore[arg-type]
    if isinstance(content, Image.Image):
        refuse_bomb(*content.size)
        return pixels_of(content, bit_depth)
    if hasattr(content, "__array__"):
        return _of_array(np.asarray(content))
    raise BrokenImageError(f"no image: {type(content).__name__}")


def _of_array(values: np.ndarray) -> np.ndarray:
    if values.ndim == 2:
        values = values[..., None]
    if values.ndim != 3 or values.shape[-1] not in (1, 3, 4) or 0 in values.shape:
        shape = ", ".join(map(str, values.shape))
        first = values.ndim == 3 and values.shape[0] in (1, 3)
        hint = "; put the channels last" if first else ""
        raise BrokenImageError(f"an array ({shape}), and (height, width, 1, 3 or 4) is needed{hint}")
    refuse_bomb(values.shape[1], values.shape[0])
    if values.dtype != np.uint8:
        values = _whole(values)
    return over_white(values) if values.shape[-1] == 4 else np.broadcast_to(values, (*values.shape[:2], 3))


def _whole(values: np.ndarray) -> np.ndarray:
    if values.dtype == bool or not np.issubdtype(values.dtype, np.number) or np.iscomplexobj(values):
        raise BrokenImageError(f"an array of {values.dtype}, and numbers from 0 to 255 are needed")
    low, high = values.min(), values.max()
    if not (low >= 0 and high <= 255):  # also when either is NaN
        raise BrokenImageError(f"values from {low:.4g} to {high:.4g}, and 0 to 255 are needed")
    if np.issubdtype(values.dtype, np.floating) and 0 < high <= 1:
        raise BrokenImageError(f"values from {low:.4g} to {high:.4g} look scaled: multiply them by 255")
    return np.rint(values).astype(np.uint8)
