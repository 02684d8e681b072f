"""WebP: the canvas is known from the header, before the decoder makes room for it (RFC 9649)."""

from __future__ import annotations

from kerasft.inputs.images.limits import refuse_bomb


def check(encoded: bytes) -> None:
    """Raises `BrokenImageError` when the canvas of an extended WebP is too large."""
    if encoded[8:16] == b"WEBPVP8X" and len(encoded) >= 30:
        width, height = (1 + int.from_bytes(encoded[at : at + 3], "little") for at in (24, 27))
        refuse_bomb(width, height)
