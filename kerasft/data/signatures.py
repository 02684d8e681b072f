"""What a file without a suffix is, from its first bytes."""

from __future__ import annotations

import os
import re
import stat

TABLE_SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")
IMAGE_SUFFIXES = frozenset(
    ".jpg .jpeg .jpe .jfif .mpo .png .apng .gif .bmp .dib .webp .tif .tiff"
    " .ppm .pgm .pbm .pnm .avif .heic .heif".split()
)
_HEAD = 4096
_IMAGE = re.compile(
    rb"\xff\xd8\xff|\x89PNG\r\n\x1a\n|GIF8[79]a|RIFF....WEBP|II[*+]\0|MM\0[*+]|....ftyp(?:avif|avis|hei[cxms]|hevc|mif1|msf1)"
    rb"|BM....\0\0\0\0|P[1-6]\s",
    re.DOTALL,
)


def is_image_file(path: str) -> bool:
    """Whether a file begins as an image does."""
    return _IMAGE.match(_head(path)) is not None


def is_text_file(path: str) -> bool:
    """Whether a file begins with text: nothing in it is a null byte, and it isn't empty."""
    head = _head(path)
    return bool(head) and b"\0" not in head


def _head(path: str) -> bytes:
    """The first bytes of a plain file; b"" of all others, which might be waited for (a named pipe)."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return b""
        with open(path, "rb") as file:
            return file.read(_HEAD)
    except OSError:
        return b""
