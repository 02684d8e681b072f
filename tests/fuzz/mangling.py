# ruff: noqa: E501
"""Files damaged in every way: bytes flipped, cut, doubled, taken from another file, numbers set to extremes."""

import io
from collections.abc import Iterator

import numpy as np
from PIL import Image

_EXTREMES = (0, 1, 0x7F, 0x80, 0xFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def pictures() -> list[bytes]:
    """Returns small images of every format and colour mode that is decoded."""
    Image.init()
    rng = np.random.default_rng(0)
    rgb = Image.fromarray(rng.integers(0, 256, (24, 20, 3), "uint8"))
    smooth = Image.fromarray(np.add.outer(np.arange(24) * 5, np.arange(20) * 5).astype("uint8"))
    alpha = rgb.convert("RGBA")
    deep = Image.fromarray(rng.integers(0, 65536, (24, 20)).astype("uint16"))
    ways = [
        (rgb, "JPEG", {}), (smooth, "JPEG", {"quality": 30}), (rgb.convert("CMYK"), "JPEG", {}),
        (rgb, "JPEG", {"progressive": True, "exif": _exif(rgb)}),
        (rgb, "PNG", {}), (alpha, "PNG", {}), (deep, "PNG", {}), (rgb.convert("P"), "PNG", {"transparency": 3}),
        (rgb.convert("1"), "PNG", {}), (smooth, "PNG", {"compress_level": 9}),
        (rgb, "GIF", {}), (rgb, "GIF", {"save_all": True, "append_images": [smooth.convert("RGB")]}),
        (rgb, "BMP", {}), (rgb.convert("P"), "BMP", {}), (rgb, "PPM", {}), (deep, "PPM", {}),
        (rgb, "TIFF", {}), (rgb, "TIFF", {"compression": "tiff_lzw"}), (rgb, "TIFF", {"compression": "tiff_adobe_deflate"}),
        (rgb, "TIFF", {"compression": "jpeg"}), (deep, "TIFF", {}), (rgb.convert("1"), "TIFF", {"compression": "group4"}),
        (rgb, "WEBP", {}), (alpha, "WEBP", {"lossless": True}), (rgb, "AVIF", {}), (rgb, "MPO", {}),
    ]  # fmt: skip
    return [_encoded(image, name, options) for image, name, options in ways if name in Image.SAVE]


def _exif(image: Image.Image) -> Image.Exif:
    exif = image.getexif()
    exif[0x0112] = 6
    return exif


def _encoded(image: Image.Image, name: str, options: dict) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, name, **options)
    return buffer.getvalue()


def mangled(originals: list[bytes], count: int, seed: int) -> Iterator[bytes]:
    """Yields `count` damaged files; the same seed yields the same ones."""
    rng = np.random.default_rng(seed)
    for number in range(count):
        content = bytearray(originals[number % len(originals)])
        for _ in range(int(rng.integers(1, 4))):
            content = _damage(content, originals, rng)
        yield bytes(content)


def _damage(content: bytearray, originals: list[bytes], rng: np.random.Generator) -> bytearray:
    if not content:
        return content
    # most of what decides is in the first bytes
    near = rng.random() < 0.6
    start = int(rng.integers(0, min(len(content), 64) if near else len(content)))
    kind = rng.integers(0, 7)
    if kind == 0:
        for _ in range(int(rng.integers(1, 9))):
            content[int(rng.integers(start, len(content)))] = int(rng.integers(0, 256))
    elif kind == 1:
        content[start] ^= 1 << int(rng.integers(0, 8))
    elif kind == 2:
        del content[start:]
    elif kind == 3:
        del content[start : start + int(rng.integers(1, 40))]
    elif kind == 4:
        content[start:start] = content[start : start + int(rng.integers(1, 200))]
    elif kind == 5:
        other = originals[int(rng.integers(0, len(originals)))]
        content[start:] = other[min(start, len(other)) :]
    else:
        width = int(rng.choice([1, 2, 4]))
        value = int(rng.choice(_EXTREMES)) & (256**width - 1)
        content[start : start + width] = value.to_bytes(width, "big" if rng.random() < 0.5 else "little")
    return content
