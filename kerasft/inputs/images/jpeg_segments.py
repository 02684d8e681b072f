"""JPEG: the segments that pixels depend on, and a bound on the scans (ITU-T T.81, annex B).

Each scan of a progressive JPEG is a pass over the whole image and may take ten bytes of the file: thousands of
them would cost hours. Editors write about ten.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kerasft.inputs.images.limits import MAX_PIXELS, BrokenImageError

MAX_SCANS = 1000
MAX_SEGMENTS = 10_000
_WORK = 32 * MAX_PIXELS  # pixels times scans
_MARKER = re.compile(rb"\xff+([^\x00\xd0-\xd7\xff])")  # D0 to D7 restart the decoder within a scan
_SCAN, _END, _APP0, _EXIF, _ADOBE, _COMMENT = 0xDA, 0xD9, 0xE0, 0xE1, 0xEE, 0xFE
_ALONE = {0x01, 0xD8}  # markers without a length
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_EXIF_START = b"Exif\0\0"


def pixels_only(encoded: bytes) -> tuple[bytes, bytes]:
    """Returns the JPEG without metadata, and its EXIF (b"" without).

    Raises:
        BrokenImageError: There are more scans or segments than an image of this size has.
    """
    kept, exif, first_scan = [encoded[:2]], None, len(encoded)
    area, scans = 0, 0
    for marker, start, end in _segments(encoded):
        content = encoded[start + 4 : end]
        if marker in _FRAMES and area == 0:
            area = int.from_bytes(content[1:3], "big") * int.from_bytes(content[3:5], "big")
        if marker == _SCAN:
            first_scan = min(first_scan, start)
            scans += 1
            if scans > MAX_SCANS or scans * area > _WORK:
                raise BrokenImageError(
                    f"a JPEG of {scans} scans or more, which takes too long; save it again"
                )
        elif scans == 0:
            if marker == _EXIF and exif is None and content.startswith(_EXIF_START):
                exif = content[len(_EXIF_START) :]
            if not _is_metadata(marker, content):
                kept.append(encoded[start:end])
    return b"".join((*kept, encoded[first_scan:])), exif or b""


def _is_metadata(marker: int, content: bytes) -> bool:
    if marker == _APP0:  # it and Adobe's segment say which colours the numbers are
        return not content.startswith(b"JFIF\0")
    return marker == _COMMENT or (_APP0 < marker <= 0xEF and marker != _ADOBE)


def _segments(encoded: bytes) -> Iterator[tuple[int, int, int]]:
    """Yields (marker, start, end) of each segment up to the end of the image; passes over what is no marker."""
    position, count = 2, 0
    while found := _MARKER.search(encoded, position):
        marker, start = found[1][0], found.end() - 2
        count += 1
        if count > MAX_SEGMENTS:
            raise BrokenImageError(f"more than {MAX_SEGMENTS} segments in a JPEG; save it again")
        if marker == _END:
            return
        if marker in _ALONE:
            position = found.end()
            continue
        position = found.end() + max(2, int.from_bytes(encoded[found.end() : found.end() + 2], "big"))
        yield marker, start, position
