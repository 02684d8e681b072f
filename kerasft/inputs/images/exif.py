"""The orientation in EXIF, and nothing else of it: the rest may be large, damaged or hostile."""

from __future__ import annotations

import struct

_ORIENTATION, _SHORT, _LONG = 0x0112, 3, 4
_MOST = 1000  # entries, as in exported models


def orientation_of(exif: bytes) -> int:
    """Returns 1 to 8 from EXIF that begins with a TIFF header; 1 when it is missing or damaged."""
    exif = exif.removeprefix(b"Exif\0\0")
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    if order is None:
        return 1
    found = 1
    try:
        (at,) = struct.unpack_from(order + "I", exif, 4)
        (count,) = struct.unpack_from(order + "H", exif, at)
        for number in range(min(count, _MOST)):
            entry = at + 2 + 12 * number
            tag, kind, length = struct.unpack_from(order + "HHI", exif, entry)
            if tag == _ORIENTATION and length == 1 and kind in (_SHORT, _LONG):
                (found,) = struct.unpack_from(order + ("H" if kind == _SHORT else "I"), exif, entry + 8)
    except struct.error:
        pass  # damaged metadata is no reason to refuse the pixels
    return found if 1 <= found <= 8 else 1
