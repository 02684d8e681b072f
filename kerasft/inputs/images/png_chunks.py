"""PNG: the chunks that pixels depend on, without all others (https://www.w3.org/TR/png-3/#5Chunk-layout).

Text, profiles and previews may be large or damaged: libpng passes over an ancillary chunk whose checksum is wrong,
while Pillow refuses the image. An animation loses its other frames with them; the first one counts.
"""

from __future__ import annotations

import struct
import zlib

from kerasft.inputs.images.limits import BrokenImageError, refuse_parts

_SIGNATURE = 8
_KEPT = {b"tRNS"}  # beside the critical chunks, whose names begin with a capital letter
_END = b"IEND"


def pixels_only(encoded: bytes) -> tuple[bytes, bytes]:
    """Returns the PNG without chunks that no pixel depends on, and its EXIF (b"" without).

    Raises:
        BrokenImageError: A chunk goes beyond the file, or there are too many.
    """
    view = memoryview(encoded)
    kept, exif, position, count, dropped = [view[:_SIGNATURE]], b"", _SIGNATURE, 0, False
    while position + 8 <= len(encoded):
        length, name = struct.unpack_from(">I4s", encoded, position)
        end = position + 12 + length
        count += 1
        refuse_parts(count)
        critical = not name[:1].islower()
        if end > len(encoded) and not critical:
            raise BrokenImageError("truncated: the file ends before the image does")
        content = view[position + 8 : end - 4]
        if name == b"eXIf" and not exif and _is_whole(view, position, end):
            exif = bytes(content)
        if critical or (name in _KEPT and _is_whole(view, position, end)):
            kept.append(view[position:end])
        else:
            dropped = True
        position = end
        if name == _END:
            break
    return (b"".join(kept) if dropped else encoded), exif


def _is_whole(view: memoryview, start: int, end: int) -> bool:
    return zlib.crc32(view[start + 4 : end - 4]) == int.from_bytes(view[end - 4 : end], "big")
