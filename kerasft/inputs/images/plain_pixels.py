"""BMP and PNM: forms that Pillow decodes in Python, which takes a second for each million of pixels."""

from __future__ import annotations

import re
import struct

from kerasft.inputs.images.limits import BrokenImageError, refuse_slow

_RLE = (1, 2)
_COMMENT = re.compile(rb"#[^\r\n]*")
_HEAD = 65_536
_GAP = rb"(?:\s|#[^\r\n]*[\r\n])+"
HEADER = re.compile(rb"P([1-6])" + _GAP + rb"(\d{1,9})" + _GAP + rb"(\d{1,9})(?:" + _GAP + rb"(\d{1,5}))?\s")


def check_bmp(encoded: bytes) -> None:
    """Raises `BrokenImageError` for a large run-length encoded BMP."""
    if len(encoded) >= 34 and int.from_bytes(encoded[14:18], "little") >= 40:
        width, height, _, _, compression = struct.unpack_from("<iiHHI", encoded, 18)
        if compression in _RLE:
            refuse_slow(abs(width * height), "run-length encoded pixels")


def bounded_pnm(encoded: bytes) -> tuple[bytes, bytes]:
    """Returns a PNM without the comments among plain numbers, whose time grows with their square.

    Raises:
        BrokenImageError: It has no header, or is too large for numbers in plain text or of an odd maximum.
    """
    header = HEADER.match(encoded[:_HEAD])
    if header is None:
        raise BrokenImageError("damaged: not the header of a PNM")
    if encoded[1:2] in b"123":
        refuse_slow(len(encoded), "bytes of pixels in plain text")
        return encoded[:2] + _COMMENT.sub(b"", encoded[2:]), b""
    if encoded[1:2] in b"56" and header[4] not in (None, b"255", b"65535"):
        refuse_slow(int(header[2]) * int(header[3]), "pixels of an odd maximum")
    return encoded, b""
