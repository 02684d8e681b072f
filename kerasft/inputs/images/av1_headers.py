"""AV1: how many pixels a stream decodes to, from its sequence headers (AV1 specification, 5.3 to 5.5)."""

from __future__ import annotations

from collections.abc import Iterator

from kerasft.inputs.images.limits import BrokenImageError, refuse_parts

_SEQUENCE_HEADER = 1
_MOST_HEADER = 64  # bytes; without timing about a dozen
_DAMAGED = "truncated: the file ends before the image does"


def decoded_pixels(stream: bytes) -> int:
    """Returns the pixels of the largest frame that the sequence headers of a stream allow.

    Raises:
        BrokenImageError: It has too many parts, or a header is cut.
    """
    return max(map(_most_pixels, _sequence_headers(stream)), default=0)


def _sequence_headers(stream: bytes) -> Iterator[bytes]:
    at, count = 0, 0
    while at < len(stream):
        kind, extended, sized = stream[at] >> 3 & 15, stream[at] & 4, stream[at] & 2
        at += 2 if extended else 1
        length = len(stream) - at
        if sized:
            length, at = _leb128(stream, at)
        count += 1
        refuse_parts(count)
        if kind == _SEQUENCE_HEADER:
            yield stream[at : at + min(length, _MOST_HEADER)]
        at += length


def _leb128(stream: bytes, at: int) -> tuple[int, int]:
    value = 0
    for place in range(8):
        if at >= len(stream):
            raise BrokenImageError(_DAMAGED)
        value |= (stream[at] & 127) << 7 * place
        at += 1
        if not stream[at - 1] & 128:
            break
    return value, at


class _Bits:
    """Numbers of so many bits each, the highest bit first."""

    def __init__(self, content: bytes):
        self.left, self.value = 8 * len(content), int.from_bytes(content, "big")

    def take(self, count: int) -> int:
        self.left -= count
        if self.left < 0:
            raise BrokenImageError(_DAMAGED)
        return self.value >> self.left & (1 << count) - 1

    def take_uvlc(self) -> None:
        zeros = 0
        while not self.take(1):
            zeros += 1
        self.take(min(zeros, 32))


def _most_pixels(header: bytes) -> int:
    bits = _Bits(header)
    bits.take(4)  # profile, still image
    reduced = bits.take(1)
    if reduced:
        bits.take(5)
    else:
        _pass_over_operating_points(bits)
    width_bits, height_bits = bits.take(4) + 1, bits.take(4) + 1
    width, height = bits.take(width_bits) + 1, bits.take(height_bits) + 1
    # a frame of another size is told in as many bits; of a whole number of bits, the image has a quarter at least
    others = 0 if reduced else 1 << width_bits + height_bits >> 2
    return max(width * height, others)


def _pass_over_operating_points(bits: _Bits) -> None:
    delay_bits = 0
    if bits.take(1):  # timing
        bits.take(64)
        if bits.take(1):
            bits.take_uvlc()
        if bits.take(1):  # decoder model
            delay_bits = bits.take(5) + 1
            bits.take(42)
    delays = bits.take(1)
    for _ in range(bits.take(5) + 1):
        bits.take(12)
        if bits.take(5) > 7:
            bits.take(1)
        if delay_bits and bits.take(1):
            bits.take(2 * delay_bits + 1)
        if delays and bits.take(1):
            bits.take(4)
