"""One decode and one resize for training, prediction and export: the same bytes give the same pixels.

Whatever the file, the result is RGB, upright, one byte per channel:

- the content decides the format, never the file's name;
- EXIF orientation is applied (the EXIF tag only; an orientation in XMP is ignored, as browsers do);
- grey, palette, 1-bit and CMYK become RGB; transparency is laid over white;
- metadata that is large or damaged is passed over;
- of 16-bit channels, the upper 8 of the bits that the data uses are taken: see `depth`; LAB, 32-bit integer,
  signed and float pixels are refused;
- of an animation or a multi-page file, the first frame counts.
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageFile

from kerasft.inputs.images import depth
from kerasft.inputs.images.container import open_container
from kerasft.inputs.images.exif import orientation_of
from kerasft.inputs.images.limits import MAX_BYTES, MAX_PIXELS, BrokenImageError, refuse_bomb

__all__ = [
    "MAX_BYTES",
    "MAX_PIXELS",
    "OWN",
    "BrokenImageError",
    "decode_image",
    "decode_with_depth",
    "load_image",
    "read_bytes",
    "resize_image",
]
_BAND = 1_000_000  # pixels
_FULL = 0xFFFF
OWN = "own"
# Only formats that Pillow decodes itself: EPS, for one, would start Ghostscript on the user's file.
FORMATS = ("JPEG", "MPO", "PNG", "GIF", "BMP", "DIB", "WEBP", "TIFF", "PPM", "AVIF", "HEIF")
_ORIENTATION = 0x0112
_TURNS = {  # EXIF 2.32, tag Orientation
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")


def decode_image(source: str | Path | bytes, bit_depth: int | None = None) -> np.ndarray:
    """Decodes one image.

    Args:
        source: A path, or the encoded bytes themselves.
        bit_depth: Of files with 16 bits per channel, the number of bits that count, as found when a model was
            trained (see `depth`). None takes all 16, and refuses files that leave the upper ones empty.

    Returns:
        uint8 array (height, width, 3), RGB, 0..255.

    Raises:
        BrokenImageError: The file is missing, empty, truncated, not an image, larger than `MAX_PIXELS`
            (found from the header, before anything is decompressed), in a format without a decoder, or has values
            that don't fit into `bit_depth`.
    """
    return _decode(source, depth.fixed(bit_depth))[0]


def decode_with_depth(source: str | Path | bytes, bit_depth: int | None | str) -> tuple[np.ndarray, int]:
    """Decodes one image, and says which bits were taken.

    Args:
        source: As for `decode_image`.
        bit_depth: As for `decode_image`; or `OWN`, the bits that the file uses itself.

    Returns:
        The pixels, and of a file with 16 bits per channel, whose range isn't given otherwise, the bits: 8, 10, 12, 14
        or 16 with `OWN`, else `bit_depth`; 0 of all others.
    """
    return _decode(source, depth.depth_of if isinstance(bit_depth, str) else depth.fixed(bit_depth))


def _decode(source: str | Path | bytes, choose: depth.Choose) -> tuple[np.ndarray, int]:
    encoded = bytes(source) if isinstance(source, (bytes, bytearray, memoryview)) else read_bytes(source)
    if not encoded:
        raise BrokenImageError("the file is empty (0 bytes)")
    try:
        container = open_container(encoded)
        values = depth.read_pnm(container.encoded)
        if values is not None:
            declared = depth.declares_its_range(container.encoded)
            return (
                (depth.narrow(values, depth.fixed(depth.FULL))[0], 0)
                if declared
                else depth.narrow(values, choose)
            )
        with open_image(container.encoded) as image:
            refuse_bomb(*image.size)
            return _pixels(image, container.encoded, container.exif, choose)
    except BrokenImageError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise BrokenImageError(f"more than {MAX_PIXELS // 10**6} million pixels; make it smaller") from None
    except Exception as error:
        # Pillow raises a dozen kinds of errors for damaged files, and all mean the same to a user.
        raise BrokenImageError(_reason(error)) from error


def _pixels(
    image: ImageFile.ImageFile, encoded: bytes, exif: bytes, choose: depth.Choose
) -> tuple[np.ndarray, int]:
    wide = depth.is_wide(image)
    image.load()
    turn = _TURNS.get(orientation_in(image, exif))
    if wide and not depth.is_full(image):
        values = depth.values_of(image, lambda: open_image(encoded))
        pixels, bits = depth.narrow(values, choose, image.info.get("transparency"))
        return (pixels if turn is None else np.array(Image.fromarray(pixels).transpose(turn))), bits
    bits = choose(_FULL) if wide else 0
    return _to_rgb(image if turn is None else image.transpose(turn)), bits


def pixels_of(image: Image.Image, bit_depth: int | None = None) -> np.ndarray:
    """Returns the pixels of an opened image as those of its file: uint8 (height, width, 3), RGB, upright.

    Raises:
        BrokenImageError: It is damaged, or its values have no plain RGB.
    """
    if image.mode.startswith("I;16"):  # how many of its bits count, the decoder of files knows
        held = io.BytesIO()
        image.save(held, "PNG")
        return decode_image(held.getvalue(), bit_depth)
    try:
        image.load()
    except Exception as error:
        raise BrokenImageError(_reason(error)) from error
    turn = _TURNS.get(orientation_in(image, b""))
    return _to_rgb(image if turn is None else image.transpose(turn))


def resize_image(image: np.ndarray, image_size: int, resize: str = "stretch") -> np.ndarray:
    """Resizes one decoded image with the same TensorFlow code that exported models carry.

    Args:
        image: uint8 array (height, width, 3).
        image_size: Side of the result, in pixels.
        resize: "stretch" (the whole image, whatever its proportions), "crop" (the central square) or "letterbox" (the
            whole image, its proportions kept, with grey bars).

    Returns:
        uint8 array (image_size, image_size, 3).
    """
    if image.shape == (image_size, image_size, 3):  # which the resize gives back as it is
        return image.copy()
    from kerasft.inputs.images import (
        graph,  # TensorFlow is loaded with the first image, not with this module
    )

    return graph.resize_function(image_size, resize)(image).numpy()


def load_image(
    source: str | Path | bytes, image_size: int, resize: str = "stretch", bit_depth: int | None = None
) -> np.ndarray:
    """Decodes and resizes one image to uint8 (image_size, image_size, 3), as the two functions above."""
    return resize_image(decode_image(source, bit_depth), image_size, resize)


def read_bytes(path: str | Path) -> bytes:
    """Reads an image's file.

    Raises:
        BrokenImageError: The file is missing, unreadable, not a plain file, or larger than `MAX_BYTES`.
    """
    path = Path(path)
    try:
        if path.is_symlink() and not path.exists():
            raise BrokenImageError("a link to a file that does not exist")
        if path.exists() and not path.is_file():  # a named pipe would wait for ever
            raise BrokenImageError("not a plain file")
        if path.stat().st_size > MAX_BYTES:
            raise BrokenImageError(f"larger than {MAX_BYTES // 10**6} MB")
        return path.read_bytes()
    except FileNotFoundError:
        raise BrokenImageError("the file does not exist") from None
    except OSError as error:
        raise BrokenImageError(f"can't be read: {error.strerror or error}") from None


def open_image(encoded: bytes) -> ImageFile.ImageFile:
    try:
        return Image.open(io.BytesIO(encoded), formats=_formats(encoded))
    except Image.UnidentifiedImageError:
        raise BrokenImageError(_unidentified(encoded)) from None


def _formats(encoded: bytes) -> list[str]:
    Image.init()
    if _is_heic(encoded) and "HEIF" not in Image.OPEN:
        try:
            import pillow_heif

            pillow_heif.register_heif_opener()
        except ImportError:
            pass
    return [name for name in FORMATS if name in Image.OPEN]


def _is_heic(encoded: bytes) -> bool:
    return encoded[4:8] == b"ftyp" and encoded[8:12] in _HEIC_BRANDS


def _unidentified(encoded: bytes) -> str:
    if _is_heic(encoded):
        return "HEIC needs a plugin: pip install pillow-heif, or convert it to JPEG"
    if encoded.startswith((b"\xff\xd8", b"\x89PNG", b"GIF8", b"RIFF", b"BM", b"II*", b"MM\0*")):
        return "truncated or damaged in its first bytes"
    start = encoded[:16]
    if all(32 <= byte < 127 or byte in b"\t\r\n" for byte in start):
        return f"not an image but text, beginning with {start.decode('ascii')!r}"
    return "not an image in a known format"


def orientation_in(image: Image.Image, exif: bytes) -> int:
    tags = getattr(image, "tag_v2", None)  # TIFF keeps it among its own tags
    return orientation_of(exif or image.info.get("exif", b"")) if tags is None else tags.get(_ORIENTATION, 1)


def _to_rgb(image: Image.Image) -> np.ndarray:
    if image.mode in ("I", "F", "LAB"):
        kind = {"I": "32-bit or signed whole numbers", "F": "floating-point numbers", "LAB": "LAB colours"}
        raise BrokenImageError(f"{kind[image.mode]}, which have no plain RGB value; convert it to 8-bit RGB")
    if not image.has_transparency_data:
        return np.array(image.convert("RGB"))
    return over_white(np.array(image.convert("RGBA")))


def over_white(rgba: np.ndarray) -> np.ndarray:
    """Lays (height, width, 4) pixels over white: uint8 (height, width, 3). Whole numbers only, rounded."""
    laid = np.empty((*rgba.shape[:2], 3), np.uint8)
    rows = max(1, _BAND // max(1, rgba.shape[1]))
    for start in range(0, len(rgba), rows):  # all at once takes 40 bytes per pixel
        band = rgba[start : start + rows]
        alpha = band[..., 3:].astype(np.uint32)
        laid[start : start + rows] = (band[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255
    return laid


def _reason(error: Exception) -> str:
    text = " ".join(str(error).split())
    if "truncated" in text.lower() or isinstance(error, EOFError):
        return "truncated: the file ends before the image does"
    return f"damaged: {text[:80]}" if text else f"damaged ({type(error).__name__})"
