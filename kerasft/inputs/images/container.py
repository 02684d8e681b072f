"""What a file is made of, before a decoder sees it: metadata goes, and bombs are refused.

Pillow reads metadata that no pixel depends on, refuses whole images for it, and takes time and memory for it that a
header doesn't tell. So JPEG, PNG and GIF are taken apart here: only what the pixels need goes on to the decoder.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kerasft.inputs.images import (
    avif_boxes,
    gif_blocks,
    jpeg_segments,
    plain_pixels,
    png_chunks,
    tiff_tags,
    webp_chunks,
)


@dataclass(frozen=True)
class Container:
    """A file that a decoder may have.

    Args:
        encoded: Its bytes, without metadata where that can be told apart.
        exif: Its EXIF, beginning with the TIFF header; b"" when there is none, or when the decoder hands it out.
    """

    encoded: bytes
    exif: bytes = b""


def _gif(encoded: bytes) -> tuple[bytes, bytes]:
    return gif_blocks.first_frame(encoded), b""


def _checked(check: Callable[[bytes], None]) -> Callable[[bytes], tuple[bytes, bytes]]:
    def unchanged(encoded: bytes) -> tuple[bytes, bytes]:
        check(encoded)
        return encoded, b""

    return unchanged


_READERS: tuple[tuple[tuple[bytes, ...], Callable[[bytes], tuple[bytes, bytes]]], ...] = (
    ((b"\xff\xd8\xff",), jpeg_segments.pixels_only),
    ((b"\x89PNG\r\n\x1a\n",), png_chunks.pixels_only),
    ((b"GIF87a", b"GIF89a"), _gif),
    ((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), _checked(tiff_tags.check)),
    ((b"RIFF",), _checked(webp_chunks.check)),
    ((b"BM",), _checked(plain_pixels.check_bmp)),
    ((b"P1", b"P2", b"P3", b"P5", b"P6"), plain_pixels.bounded_pnm),
)


def open_container(encoded: bytes) -> Container:
    """Takes a file apart, by its first bytes; a format that is not known here stays as it is.

    Raises:
        BrokenImageError: It is damaged, or would cost more time or memory than its size in pixels explains.
    """
    for starts, reader in _READERS:
        if encoded.startswith(starts):
            return Container(*reader(encoded))
    if encoded[4:8] == b"ftyp":
        avif_boxes.check(encoded)
    return Container(encoded)
