"""How much one image may cost, and the error of one that can't be used."""

from __future__ import annotations

MAX_PIXELS = 64_000_000
MAX_BYTES = 512_000_000
MAX_PARTS = 200_000  # chunks, segments or blocks of one file: each costs a step in Python
MAX_SLOW = 8_000_000  # pixels or bytes that Pillow decodes in Python, about a microsecond each


class BrokenImageError(ValueError):
    """The image can't be decoded; the text says why in a few words, without the file's name."""


def refuse_bomb(width: int, height: int) -> None:
    """Raises `BrokenImageError` for an image of more than `MAX_PIXELS`."""
    if width * height > MAX_PIXELS:
        raise BrokenImageError(
            f"{width}x{height} pixels, more than {MAX_PIXELS // 10**6} million; make it smaller"
        )


def refuse_slow(count: int, what: str) -> None:
    """Raises `BrokenImageError` for more than `MAX_SLOW` of what is decoded step by step."""
    if count > MAX_SLOW:
        raise BrokenImageError(f"more than {MAX_SLOW // 10**6} million {what}; save it as PNG")


def refuse_parts(count: int) -> None:
    """Raises `BrokenImageError` for a file of more than `MAX_PARTS` parts."""
    if count > MAX_PARTS:
        raise BrokenImageError(f"more than {MAX_PARTS} parts in one file; save it again")
