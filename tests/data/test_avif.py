"""AVIF: what its streams decode to is known before a decoder has them."""

import io
import struct

import numpy as np
import pytest
from PIL import Image

from kerasft.inputs.images import av1_headers, avif_boxes
from kerasft.inputs.images.decode import BrokenImageError, decode_image

PIXELS = np.random.default_rng(0).integers(0, 256, (50, 70, 4), "uint8")


def encoded(mode: str, **options) -> bytes:
    buffer = io.BytesIO()
    image = Image.fromarray(PIXELS).convert(mode)
    if options.pop("animated", False):
        options |= {"save_all": True, "append_images": [image]}
    image.save(buffer, "AVIF", **options)
    return buffer.getvalue()


def streams(content: bytes) -> list[bytes]:
    return list(avif_boxes._streams(list(avif_boxes._boxes(memoryview(content))), content))


@pytest.mark.parametrize(
    ("mode", "options", "count"),
    [
        ("RGB", {}, 1),
        ("RGBA", {}, 2),
        ("L", {"subsampling": "4:0:0"}, 1),
        ("RGB", {"exif": b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0", "quality": 100}, 1),
        ("RGB", {"animated": True}, 2),
        ("RGBA", {"animated": True}, 4),
    ],
)
def test_all_streams_are_found_with_their_size(mode, options, count):
    content = encoded(mode, **options)
    assert [av1_headers.decoded_pixels(stream) for stream in streams(content)] == [70 * 50] * count
    assert decode_image(content).shape == (50, 70, 3)


@pytest.mark.parametrize("animated", [False, True])
def test_a_stream_is_counted_wherever_it_is(animated):
    """The header of the stream says 16 million pixels, and the file 70x50."""
    content = encoded("RGB", animated=animated)
    header = streams(content)[-1][2:15]
    assert header[:1] == b"\x0a", "a sequence header with its length"
    large = b"\x0a\x06" + sequence_header(5000, 4000)
    content = content.replace(header, large.ljust(len(header), b"\0"))
    assert max(map(av1_headers.decoded_pixels, streams(content))) == 20_000_000
    with pytest.raises(BrokenImageError, match="an AVIF of 70x50 pixels that decodes to"):
        decode_image(content)


def sequence_header(width: int, height: int) -> bytes:
    """A reduced one, of still images: profile, two flags, level, two counts of bits, two sizes."""
    bits = f"00011{0:05b}{12:04b}{12:04b}{width - 1:013b}{height - 1:013b}"
    return int(bits.ljust(48, "0"), 2).to_bytes(6, "big")


def test_a_header_that_lets_frames_choose_their_size_counts_what_they_may_choose():
    point = f"{0:012b}{4:05b}"
    bits = "00000" + "0" + "0" + f"{0:05b}" + point + f"{15:04b}{15:04b}{63:016b}{63:016b}"
    header = int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")
    stream = bytes([0x0A, len(header)]) + header
    assert av1_headers.decoded_pixels(stream) == 65536 * 65536 // 4


def test_images_that_share_their_bytes_are_refused():
    """Sixty thousand items may all name the whole file."""
    content = encoded("RGB")
    box = content.index(b"iloc") - 4
    (length,) = struct.unpack_from(">I", content, box)
    entry = content[box + 16 : box + length]
    entries = b"".join(entry for _ in range(200))
    iloc = (
        struct.pack(">I", 16 + len(entries)) + content[box + 4 : box + 14] + struct.pack(">H", 200) + entries
    )
    items = avif_boxes._Box(b"iloc", memoryview(iloc)[8:])
    others = [each for each in avif_boxes._boxes(memoryview(content)) if each.kind != b"iloc"]
    with pytest.raises(BrokenImageError, match="whose images share their bytes"):
        list(avif_boxes._streams([*others, items], content))
