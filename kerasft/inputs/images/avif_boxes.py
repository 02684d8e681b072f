"""AVIF: what the AV1 streams inside decode to, which the size of the image does not tell (ISO 14496-12).

A stream of any size may stand where an image of 64x64 is declared: the decoder makes all its pixels and shrinks them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from kerasft.inputs.images.av1_headers import decoded_pixels
from kerasft.inputs.images.limits import BrokenImageError, refuse_bomb, refuse_parts

BRANDS = (b"avif", b"avis")
SMALL = 16_000_000  # pixels that streams may always have in all
MOST = 160_000_000  # of the largest image with its transparency and a preview
_FACTOR = 6  # of the pixels of the image: transparency, a preview, and the same again as an animation
_LISTS = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"meta", b"iprp", b"ipco", b"iinf")
_KEPT = (b"iloc", b"idat", b"infe", b"ispe", b"stco", b"co64", b"stsz", b"tkhd")


@dataclass(frozen=True)
class _Box:
    kind: bytes
    content: memoryview


def check(encoded: bytes) -> None:
    """Checks the streams of an AVIF; other files that begin with `ftyp` are left alone.

    Raises:
        BrokenImageError: They decode to far more pixels than the image has, or can't be found.
    """
    if not _is_avif(encoded):
        return
    try:
        boxes = list(_boxes(memoryview(encoded)))
        width, height = _size(boxes)
        refuse_bomb(width, height)
        pixels = sum(decoded_pixels(stream) for stream in _streams(boxes, encoded))
    except (struct.error, IndexError):
        raise BrokenImageError("truncated or damaged in its first bytes") from None
    if pixels > min(max(SMALL, _FACTOR * width * height), MOST):
        raise BrokenImageError(
            f"an AVIF of {width}x{height} pixels that decodes to {pixels // 10**6} million; save it again"
        )


def _is_avif(encoded: bytes) -> bool:
    length = int.from_bytes(encoded[:4], "big")
    brands = encoded[8 : min(length, 256)]
    return encoded[4:8] == b"ftyp" and any(
        brands[at : at + 4] in BRANDS for at in range(0, len(brands), 4) if at != 4
    )


def _boxes(view: memoryview) -> Iterator[_Box]:
    """Yields the boxes that are needed, also those inside others."""
    waiting, count = [view], 0
    while waiting:
        inside, at = waiting.pop(), 0
        while at + 8 <= len(inside):
            length, kind = struct.unpack_from(">I4s", inside, at)
            head = 8
            if length == 1:
                (length,), head = struct.unpack_from(">Q", inside, at + 8), 16
            end = at + length if length else len(inside)  # 0: up to the end
            count += 1
            refuse_parts(count)
            if end < at + head:
                raise BrokenImageError("damaged: a box of an AVIF ends before it begins")
            content = inside[at + head : end]
            if kind in _LISTS:
                waiting.append(content[_head(kind, content) :])
            elif kind in _KEPT:
                yield _Box(kind, content)
            at = end


def _head(kind: bytes, content: memoryview) -> int:
    """Returns how much of a list stands before its boxes."""
    if kind == b"iinf":
        return 8 if content[0] else 6
    return 4 if kind == b"meta" else 0


def _size(boxes: list[_Box]) -> tuple[int, int]:
    """Returns the size of the largest image; that of a track is in 1/65536 of a pixel."""
    sizes = [struct.unpack_from(">II", box.content, 4) for box in boxes if box.kind == b"ispe"]
    for box in boxes:
        if box.kind == b"tkhd":
            width, height = struct.unpack_from(">II", box.content, len(box.content) - 8)
            sizes.append((width >> 16, height >> 16))
    return max(sizes, key=lambda size: size[0] * size[1], default=(0, 0))


def _streams(boxes: list[_Box], encoded: bytes) -> Iterator[bytes]:
    """Yields the bytes of each AV1 item, and of the first image of each track."""
    inner = next((bytes(box.content) for box in boxes if box.kind == b"idat"), b"")
    images = {number for box in boxes if box.kind == b"infe" for number in _image(box.content)}
    left, starts, lengths = 2 * len(encoded) + 65_536, [], []
    for box in boxes:
        if box.kind == b"iloc":
            for number, inside, extents in _items(box.content):
                source = inner if inside else encoded
                parts = [source[at : at + size if size else None] for at, size in extents]
                left -= sum(map(len, parts)) if number in images else 0
                if left < 0:
                    raise BrokenImageError("an AVIF whose images share their bytes; save it again")
                if number in images:
                    yield b"".join(parts)
        elif box.kind in (b"stco", b"co64"):
            form = ">I" if box.kind == b"stco" else ">Q"
            if struct.unpack_from(">I", box.content, 4)[0]:
                starts.append(struct.unpack_from(form, box.content, 8)[0])
        elif box.kind == b"stsz":
            same, count = struct.unpack_from(">II", box.content, 4)
            if count:
                lengths.append(same or struct.unpack_from(">I", box.content, 12)[0])
    for start, size in zip(starts, lengths, strict=False):
        yield encoded[start : start + size]


def _image(content: memoryview) -> list[int]:
    """Returns the number of the item that an entry describes, if it is an AV1 stream."""
    version = content[0]
    if version < 2:
        return []
    number, _, kind = struct.unpack_from(">HH4s" if version == 2 else ">IH4s", content, 4)
    return [number] if kind == b"av01" else []


def _items(content: memoryview) -> Iterator[tuple[int, bool, list[tuple[int, int]]]]:
    """Yields of each item its number, whether it is in `idat`, and where its bytes are: begin and size, 0 for all."""
    version, sizes = content[0], struct.unpack_from(">H", content, 4)[0]
    offset_size, length_size, base_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
    index_size = sizes & 15 if version else 0
    number_size = 2 if version < 2 else 4
    at, total = 6, 0

    def take(size: int) -> int:
        nonlocal at
        at += size
        if at > len(content):
            raise BrokenImageError("truncated or damaged in its first bytes")
        return int.from_bytes(content[at - size : at], "big")

    for _ in range(take(number_size)):
        number = take(number_size)
        method = take(2) & 15 if version else 0
        if method > 1:
            raise BrokenImageError("an AVIF whose images are made of others; save it again")
        take(2)
        base, extents = take(base_size), []
        for _ in range(take(2)):
            take(index_size)
            extents.append((base + take(offset_size), take(length_size)))
            total += 1
            refuse_parts(total)
        yield number, bool(method), extents
