"""TIFF: bounds on tags and tiles, which have sizes of their own beside that of the image (TIFF 6.0; BigTIFF)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from kerasft.inputs.images.limits import MAX_PIXELS, BrokenImageError

MAX_TAGS = 4096
MAX_VALUES = 2_000_000  # numbers in all tags: each becomes a Python object
SMALL = 16_000_000  # pixels that tiles may always have in all
_WIDTH, _HEIGHT, _BITS, _TILE_WIDTH, _TILE_HEIGHT, _PLANES, _SAMPLE_FORMAT = 256, 257, 258, 322, 323, 284, 339
_FOLDERS = (34665, 34853, 40965)  # EXIF, GPS, interoperability: Pillow reads these too
_BYTES = {
    1: 1,
    2: 1,
    3: 2,
    4: 4,
    5: 8,
    6: 1,
    7: 1,
    8: 2,
    9: 4,
    10: 8,
    11: 4,
    12: 8,
    13: 4,
    16: 8,
    17: 8,
    18: 8,
}
_TEXT = (1, 2, 6, 7)  # kept as bytes, not as numbers
_SIGNED = 2


@dataclass(frozen=True)
class _Form:
    """How numbers and entries of a TIFF are written: the byte order, and the sizes in TIFF or BigTIFF."""

    order: str
    big: bool

    @property
    def count(self) -> str:
        return self.order + ("Q" if self.big else "H")

    @property
    def entry(self) -> str:
        return self.order + ("HHQ8s" if self.big else "HHI4s")

    @property
    def address(self) -> str:
        return self.order + ("Q" if self.big else "I")


class _Budget:
    """What all tags of a file may still take."""

    def __init__(self, encoded: bytes):
        self.size = len(encoded)
        self.stored, self.values, self.tags = 2 * self.size + 65_536, MAX_VALUES, MAX_TAGS

    def spend(self, kind: int, count: int) -> None:
        size = _BYTES.get(kind, 1) * count
        self.tags -= 1
        if size <= self.size:  # what goes beyond the file is not read
            self.stored -= size
            self.values -= 0 if kind in _TEXT else count
        if min(self.stored, self.values, self.tags) < 0:
            raise BrokenImageError("a TIFF whose tags take more room than its pixels; save it again")


def check(encoded: bytes) -> None:
    """Checks the first directory of a TIFF.

    Raises:
        BrokenImageError: Its tiles or tags would cost more than its pixels do, or its numbers have a sign.
    """
    form = _Form("<" if encoded[:2] == b"II" else ">", encoded[2:4] in (b"+\0", b"\0+"))
    at = struct.calcsize(form.address)
    try:
        tags = _directory(
            encoded, struct.unpack_from(form.address, encoded, at)[0], form, _Budget(encoded), True
        )
    except struct.error:
        raise BrokenImageError("truncated or damaged in its first bytes") from None
    if _SIGNED in tags.get(_SAMPLE_FORMAT, ()):
        raise BrokenImageError("numbers with a sign, which have no plain RGB value; convert it to 8-bit RGB")
    if tags.get(_PLANES) == (2,) and max(tags.get(_BITS, (1,)), default=1) > 8:  # Pillow reads them as 8 bits
        raise BrokenImageError("16-bit channels in planes of their own; save it with the channels together")
    _check_tiles(*(max(tags.get(tag) or (0,)) for tag in (_WIDTH, _HEIGHT, _TILE_WIDTH, _TILE_HEIGHT)))


def _check_tiles(width: int, height: int, tile_width: int, tile_height: int) -> None:
    if not tile_width or not tile_height:
        return
    covered = -(-width // tile_width) * tile_width * -(-height // tile_height) * tile_height
    if covered > min(max(4 * width * height, SMALL), 2 * MAX_PIXELS):
        raise BrokenImageError(
            f"tiles of {tile_width}x{tile_height} pixels for an image of {width}x{height}; save it again"
        )


def _directory(
    encoded: bytes, at: int, form: _Form, budget: _Budget, first: bool
) -> dict[int, tuple[int, ...]]:
    """Returns the whole numbers of the tags that fit into their entry or are short, and checks all."""
    (count,) = struct.unpack_from(form.count, encoded, at)
    at += struct.calcsize(form.count)
    step = struct.calcsize(form.entry)
    tags = {}
    for number in range(min(count, max(0, len(encoded) - at) // step)):
        tag, kind, length, value = struct.unpack_from(form.entry, encoded, at + number * step)
        budget.spend(kind, length)
        if kind in (3, 4, 16) and 0 < length <= 8:
            tags[tag] = _numbers(encoded, kind, length, value, form)
    if first:
        for folder in _FOLDERS:
            for address in tags.get(folder, ())[:1]:
                if address < len(encoded) - 8:
                    _directory(encoded, address, form, budget, False)
    return tags


def _numbers(encoded: bytes, kind: int, length: int, value: bytes, form: _Form) -> tuple[int, ...]:
    layout = f"{form.order}{length}{ {3: 'H', 4: 'I', 16: 'Q'}[kind] }"
    if struct.calcsize(layout) <= len(value):
        return struct.unpack_from(layout, value)
    (address,) = struct.unpack(form.address, value)
    if address + struct.calcsize(layout) > len(encoded):
        return ()
    return struct.unpack_from(layout, encoded, address)
