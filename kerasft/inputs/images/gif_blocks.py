"""GIF: the first frame without the extensions before it, which Pillow reads one by one (GIF89a, section 23 and on)."""

from __future__ import annotations

import re

from kerasft.inputs.images.limits import refuse_parts

_HEADER = 13
_NEXT = re.compile(rb"[!,;]")
_CONTROL, _EXTENSION, _IMAGE = 0xF9, b"!", b","


def first_frame(encoded: bytes) -> bytes:
    """Returns the GIF without comments and application blocks before its first frame.

    Raises:
        BrokenImageError: There are too many of them.
    """
    if len(encoded) < _HEADER:
        return encoded
    flags = encoded[10]
    start = position = _HEADER + (3 << (flags & 7) + 1 if flags & 128 else 0)
    control, count = b"", 0
    while found := _NEXT.search(encoded, position):
        at, kind = found.start(), found[0]
        if kind != _EXTENSION:
            rest = encoded[at:] if kind == _IMAGE else b";"
            return encoded[:start] + control + rest
        position = at + 2
        while position < len(encoded) and encoded[position]:
            position += 1 + encoded[position]
            count += 1
        position += 1
        count += 1
        refuse_parts(count)
        block = encoded[at:position]
        transparent = len(block) > 3 and bool(block[3] & 1)
        if len(block) == 8 and block[1] == _CONTROL and (transparent or not control):
            control = block
    return encoded
