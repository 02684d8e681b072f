"""Masks as PNGs: numbers with a palette, and colours over an image."""

from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image

_STRENGTH = 0.55  # of the colours over an image


def palette() -> np.ndarray:
    """Returns uint8 (256, 3), the colours that Pascal VOC gives to numbers: their bits, spread over three channels."""
    numbers, colours = np.arange(256), np.zeros((256, 3), np.int64)
    for bit in range(8):
        for channel in range(3):
            colours[:, channel] |= ((numbers >> (3 * bit + channel)) & 1) << (7 - bit)
    return colours.astype(np.uint8)


def index_png(mask: np.ndarray) -> bytes:
    """Returns a PNG whose pixels are the numbers uint8 (height, width), with a palette to look at it."""
    image = Image.fromarray(mask)
    image.putpalette(palette().tobytes())
    return _png(image)


def colour_png(pixels: np.ndarray) -> bytes:
    """Returns a PNG of colours uint8 (height, width, 3)."""
    return _png(Image.fromarray(pixels))


def painted(mask: np.ndarray) -> np.ndarray:
    """Returns the colours of numbers: uint8 (height, width, 3)."""
    return palette()[mask]


def overlay(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Returns an image uint8 (height, width, 3) under the colours of its mask; number 0 leaves it as it is."""
    mixed = np.rint(image * (1 - _STRENGTH) + painted(mask).astype(float) * _STRENGTH).astype(np.uint8)
    return np.where(mask[..., None] == 0, image, mixed)


def overlay_png(image: np.ndarray, mask: np.ndarray) -> bytes:
    """Returns the same as a PNG."""
    return _png(Image.fromarray(overlay(image, mask)))


def data_url(mask: np.ndarray, longest: int) -> str:
    """Returns numbers as a PNG of at most so many pixels in a data URL."""
    step = max(1, -(-max(mask.shape) // longest))
    return "data:image/png;base64," + base64.b64encode(index_png(mask[::step, ::step])).decode()


def colour_of(number: int) -> str:
    """Returns the colour of a number for a page: "#800000"."""
    return "#" + "".join(f"{each:02x}" for each in palette()[number])


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
