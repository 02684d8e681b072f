"""Masks in files: PNGs with one number per pixel, decoded so that the numbers stay what they are.

What makes a colour image of a mask (`convert`, `tf.io.decode_png`, Keras' `load_img`) makes brightnesses of the numbers
of its classes. So only the chunks that the numbers are in reach the decoder, and of a palette its places are taken, not
its colours.
"""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
from PIL import Image

from kerasft.base.bounded import read_bytes
from kerasft.targets.masks.colours import Colours, UnlistedColourError

MOST_BYTES = 64_000_000
MOST_PIXELS = 64_000_000
MOST_CHUNKS = 200_000
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KEPT = (b"IHDR", b"PLTE", b"IDAT", b"IEND")
_GREY, _PALETTE = 0, 3
_COLOURED = {2: "RGB", 4: "grey with transparency", 6: "RGB with transparency"}
_RGB = (2, 6)
_SCALED = {2: 85, 4: 17}  # by which Pillow multiplies grey values of so many bits
_AS_INDEX = "save it as a PNG whose pixels are the numbers of the classes (mode P or L)"
_AS_COLOURS = (
    f"{_AS_INDEX}, or list the classes with their colours, as 'road 128,64,128', in a file for --classes"
)


class BrokenMaskError(ValueError):
    """The mask can't be used; the text says why in a few words, without the file's name."""

    def __init__(self, reason: str, next_step: str = "repair or replace it"):
        super().__init__(reason)
        self.next_step = next_step


def decode_mask(source: Path | bytes, colours: Colours | None = None) -> np.ndarray:
    """Decodes a mask.

    Args:
        source: A path, or the encoded bytes.
        colours: Of the classes, for masks in colours; None: they are refused.

    Returns:
        uint8 (height, width), the numbers in the file.

    Raises:
        BrokenMaskError: It is missing, damaged, too large, or holds no numbers of classes.
    """
    encoded = source if isinstance(source, bytes) else _read(source)
    bits, coloured = _checked(encoded, colours)
    try:
        with Image.open(io.BytesIO(_numbers_only(encoded)), formats=["PNG"]) as image:
            values = np.array(image, np.uint8)
        if coloured and colours is not None:
            return colours.numbers_of(values[..., :3])
    except BrokenMaskError:
        raise
    except UnlistedColourError as error:
        step = "list all classes with their colours, and save masks without anti-aliasing"
        raise BrokenMaskError(str(error), step) from None
    except Exception as error:  # Pillow raises a dozen kinds of errors for damaged files
        raise BrokenMaskError(f"damaged: {' '.join(str(error).split())[:80]}") from error
    return values // _SCALED.get(bits, 1)


def _read(path: Path) -> bytes:
    try:
        return read_bytes(path, MOST_BYTES)
    except FileNotFoundError:
        raise BrokenMaskError("the file does not exist") from None
    except (OSError, ValueError) as error:
        raise BrokenMaskError(f"can't be read: {getattr(error, 'strerror', None) or error}") from None


def _checked(encoded: bytes, colours: Colours | None) -> tuple[int, bool]:
    """Returns the bits of a value, 8 for a palette, of a PNG that may be decoded, and whether it is of colours."""
    if encoded.startswith(b"\xff\xd8\xff"):
        raise BrokenMaskError("a JPEG, which changes the numbers of the classes", _AS_INDEX)
    if not encoded.startswith(_SIGNATURE):
        raise BrokenMaskError("not a PNG" if encoded else "the file is empty (0 bytes)", _AS_INDEX)
    if len(encoded) < 33 or encoded[12:16] != b"IHDR":
        raise BrokenMaskError("truncated or damaged in its first bytes")
    width, height, bits, colour = struct.unpack(">IIBB", encoded[16:26])
    if colour not in (_GREY, _PALETTE) and (colours is None or colour not in _RGB):
        raise BrokenMaskError(f"an image in colours ({_COLOURED.get(colour, colour)})", _AS_COLOURS)
    if bits > 8:
        raise BrokenMaskError("16 bits per pixel, of which a mask needs 8", _AS_INDEX)
    if width * height > MOST_PIXELS:
        raise BrokenMaskError(f"{width}x{height} pixels, more than {MOST_PIXELS // 10**6} million")
    return bits if colour == _GREY else 8, colour in _RGB


def _numbers_only(encoded: bytes) -> bytes:
    """Returns the PNG without text, profiles and transparency, which may be large or damaged."""
    kept, place, count = [encoded[:8]], 8, 0
    while place + 8 <= len(encoded):
        length, name = struct.unpack(">I4s", encoded[place : place + 8])
        count += 1
        if count > MOST_CHUNKS:
            raise BrokenMaskError(f"more than {MOST_CHUNKS} parts in one file")
        if name in _KEPT:
            kept.append(encoded[place : place + 12 + length])
        place += 12 + length
        if name == b"IEND":
            break
    return b"".join(kept)
