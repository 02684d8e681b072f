"""Images of every awkward kind, made here byte by byte."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image


def encode(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    """The encoded bytes of a Pillow image."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def png(color_type: int, depth: int, rows: list[bytes], width: int, height: int | None = None) -> bytes:
    """A PNG put together by hand, for kinds that Pillow does not write."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        )

    header = struct.pack(">IIBBBBB", width, height or len(rows), depth, color_type, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row for row in rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def noise(seed: int = 0, height: int = 19, width: int = 23, channels: int = 3) -> np.ndarray:
    """Random uint8 pixels; no two seeds alike."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, channels), dtype=np.uint8)


def picture(seed: int = 0, height: int = 19, width: int = 23) -> Image.Image:
    return Image.fromarray(noise(seed, height, width))


def write(folder, seed: int, name: str | None = None, **size) -> None:
    """Writes one PNG that differs from those of other seeds."""
    folder.mkdir(parents=True, exist_ok=True)
    picture(seed, **size).save(folder / (name or f"{seed:03}.png"))


class Make:
    """The helpers above, for tests (test folders are not packages)."""

    encode = staticmethod(encode)
    png = staticmethod(png)
    noise = staticmethod(noise)
    picture = staticmethod(picture)
    write = staticmethod(write)

    @staticmethod
    def classes(root, counts: dict[str, int], first_seed: int = 0, size: int = 8):
        """A folder of class folders with so many different images."""
        seed = first_seed
        for name, count in counts.items():
            (root / name).mkdir(parents=True, exist_ok=True)
            for _ in range(count):
                write(root / name, seed, height=size, width=size)
                seed += 1
        return root

    @staticmethod
    def over_white(rgba: np.ndarray) -> np.ndarray:
        """The definition, in exact arithmetic, rounded half up."""
        alpha = rgba[..., 3:].astype(np.float64) / 255
        return np.floor(rgba[..., :3] * alpha + 255 * (1 - alpha) + 0.5 + 1e-9).astype(np.uint8)


@pytest.fixture(scope="session")
def make():
    return Make
