"""Files with 16 bits per channel: which of the bits count.

X-ray detectors, microscopes and depth cameras measure 10, 12 or 14 bits and write them into files of 16. Their upper
8 bits alone hold next to nothing, and one image can't tell a dark scene from an unused bit. So the number of bits is
found once, from all the images that a model is trained on; it is part of the model's config, and of what every
exported file says about itself. Wherever an image is decoded, the upper 8 of these bits are taken, and a value that
needs more bits is refused, never cut off.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image, ImageFile

from kerasft.inputs.images.limits import BrokenImageError, refuse_bomb
from kerasft.inputs.images.plain_pixels import HEADER

Args = tuple[Any, ...] | str | None  # of a tile, as Pillow has them
DEPTHS = (8, 10, 12, 14, 16)
FULL = 16
_OTHER_BYTE = {"B": "L", "L": "B", "N": "B" if sys.byteorder == "little" else "L"}
_WHITE_IS_ZERO = 0
_PHOTOMETRIC = 262
_HEAD = 65_536

Choose = Callable[[int], int]
"""From the highest value of an image to the bits that are taken of it, or BrokenImageError."""


def depth_of(highest: int) -> int:
    """Returns the bits that a value needs: 8, 10, 12, 14 or 16, as detectors have them."""
    return next(depth for depth in DEPTHS if highest < 1 << depth)


def fixed(bit_depth: int | None) -> Choose:
    """Returns the choice of a model: always `bit_depth`, or all 16 where training saw no such file (None)."""

    def choose(highest: int) -> int:
        own = depth_of(highest)
        if bit_depth is None and highest and own < FULL:
            raise BrokenImageError(
                f"its values use {own} of 16 bits (up to {highest}), and the model was trained without such files; "
                f"divide them by {1 << (own - 8)} and save 8 bits"
            )
        if bit_depth is not None and highest >> bit_depth:
            raise BrokenImageError(
                f"a value of {highest}, and of 16-bit files {bit_depth} bits are read (0 to {(1 << bit_depth) - 1})"
            )
        return bit_depth or FULL

    return choose


def is_wide(image: ImageFile.ImageFile) -> bool:
    """Whether an opened image that isn't loaded yet has 16 bits per channel."""
    return any(";16" in _raw_mode(tile.args) for tile in image.tile)


def is_full(image: Image.Image) -> bool:
    """Whether the upper 8 bits of a loaded colour image, all that Pillow keeps, show that all bits are used."""
    if image.mode.startswith("I;16") or "transparency" in image.info:
        return False
    return bool(np.asarray(image)[..., : _colours(len(image.getbands()))].max() >= 1 << 6)


def values_of(image: Image.Image, reopen: Callable[[], ImageFile.ImageFile]) -> np.ndarray:
    """Returns all bits of a loaded image: uint16 (height, width, channels).

    Args:
        image: The loaded image. Of colours Pillow keeps the upper byte; read in the other byte order, it is the lower.
        reopen: Opens the same image again, not loaded.
    """
    tags = getattr(image, "tag_v2", {})
    if tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO:
        raise BrokenImageError("16 bits per channel where 0 is white; convert it to 8-bit RGB")
    if image.mode.startswith("I;16"):
        return np.asarray(image).astype(np.uint16, copy=False)[..., None]
    with reopen() as other:
        other.tile = [tile._replace(args=_other_byte(tile.args)) for tile in other.tile]
        try:
            other.load()
        except ValueError:  # Pillow has no such reader: grey with transparency
            raise BrokenImageError(
                "16 bits per channel of which few are used, with transparency; save it without"
            ) from None
        low = np.asarray(other)
    values = np.asarray(image).astype(np.uint16)
    values <<= 8
    values |= low
    return values


def narrow(
    values: np.ndarray, choose: Choose, transparent: int | tuple[int, ...] | None = None
) -> tuple[np.ndarray, int]:
    """Takes the upper 8 of the bits that count.

    Args:
        values: uint16 (height, width, channels): grey or colours, perhaps with transparency behind them.
        choose: See `Choose`.
        transparent: The value, or three, of pixels that are laid over white.

    Returns:
        uint8 (height, width, 3), and the bits.
    """
    count = _colours(values.shape[2])
    colours = values[..., :count]
    depth = choose(int(colours.max()))
    pixels = np.empty((*values.shape[:2], 3), np.uint8)
    pixels[...] = colours >> (depth - 8)
    alpha = None if count == values.shape[2] else values[..., count]
    if transparent is not None:
        alpha = np.where((colours == np.asarray(transparent, np.uint16)).all(axis=-1), 0, 0xFFFF)
    if alpha is not None and alpha.min() < 0xFFFF:
        if depth < FULL:
            raise BrokenImageError(f"transparency in a file that uses {depth} of 16 bits; save it without")
        share = (alpha >> 8).astype(np.uint32)[..., None]
        pixels = ((pixels * share + 255 * (255 - share) + 127) // 255).astype(np.uint8)
    return pixels, depth


def read_pnm(encoded: bytes) -> np.ndarray | None:
    """Returns the values of a PGM or PPM of two bytes per value: uint16 (height, width, channels); else None.

    Pillow would round the colours to 8 bits. A maximum that the file gives itself is used: its values are scaled to
    16 bits.

    Raises:
        BrokenImageError: It is truncated, or larger than `MAX_PIXELS`.
    """
    header = HEADER.match(encoded[:_HEAD]) if encoded[:2] in (b"P5", b"P6") else None
    if header is None or not 255 < int(header[4] or 0) <= 0xFFFF:
        return None
    width, height, highest, channels = (
        int(header[2]),
        int(header[3]),
        int(header[4]),
        1 + 2 * (header[1] == b"6"),
    )
    refuse_bomb(width, height)
    if min(width, height) == 0 or len(encoded) - header.end() < 2 * width * height * channels:
        raise BrokenImageError("truncated: the file ends before the image does")
    values = np.frombuffer(encoded, ">u2", width * height * channels, header.end())
    values = values.astype(np.uint16).reshape(height, width, channels)
    if highest < 0xFFFF:
        scale = np.rint(np.minimum(np.arange(0x10000) / highest, 1) * 0xFFFF).astype(np.uint16)
        values = scale[values]
    return values


def declares_its_range(encoded: bytes) -> bool:
    """Whether a PGM or PPM says which value is white."""
    header = HEADER.match(encoded[:_HEAD])
    return header is not None and int(header[4] or 0) < 0xFFFF


def _colours(channels: int) -> int:
    return 1 if channels <= 2 else 3


def _raw_mode(args: Args) -> str:
    return str(args[0]) if isinstance(args, tuple) and args else str(args)


def _other_byte(args: Args) -> Args:
    mode = _raw_mode(args)
    other = mode[:-1] + _OTHER_BYTE.get(mode[-1], mode[-1])
    return (other, *args[1:]) if isinstance(args, tuple) else other
