"""Files taken apart before they are decoded: metadata is no reason to refuse pixels, and bombs are refused."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from kerasft.inputs.images.decode import BrokenImageError, decode_image
from kerasft.inputs.images.graph import decode_tensor

SMOOTH = np.add.outer(np.arange(20) * 9, np.arange(30) * 2).astype("uint8")
PIXELS = np.stack([SMOOTH, SMOOTH[::-1], SMOOTH[:, ::-1]], axis=-1)


def encoded(kind: str = "PNG", image: Image.Image | None = None, **options) -> bytes:
    buffer = io.BytesIO()
    (image or Image.fromarray(PIXELS)).save(buffer, kind, **options)
    return buffer.getvalue()


def chunk(name: bytes, content: bytes, checksum: int | None = None) -> bytes:
    checksum = zlib.crc32(name + content) if checksum is None else checksum
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)


def png_with(*chunks: bytes, at: int = 33) -> bytes:
    plain = encoded()
    return plain[:at] + b"".join(chunks) + plain[at:]


def text_png(size: int, kind: str) -> bytes:
    info = PngImagePlugin.PngInfo()
    getattr(info, f"add_{kind}")("workflow", "a" * size, zip=True)
    return encoded(pnginfo=info)


EXIF_6 = b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, 6, 0, 0)
PNGS = {
    "large zTXt": lambda: text_png(3_000_000, "text"),
    "large iTXt": lambda: text_png(2_000_000, "itxt"),
    "large iCCP": lambda: png_with(chunk(b"iCCP", b"ICC\0\0" + zlib.compress(bytes(3_000_000)))),
    "damaged iCCP": lambda: png_with(chunk(b"iCCP", b"ICC")),
    "tEXt with a wrong checksum": lambda: png_with(chunk(b"tEXt", b"a\0b", 0)),
    "gAMA with a wrong checksum": lambda: png_with(chunk(b"gAMA", bytes(4), 0)),
    "tRNS with a wrong checksum": lambda: png_with(chunk(b"tRNS", PIXELS[0, 0].astype(">u2").tobytes(), 0)),
    "sRGB, empty": lambda: png_with(chunk(b"sRGB", b"")),
    "pHYs, too short": lambda: png_with(chunk(b"pHYs", b"1")),
    "tIME behind the pixels": lambda: png_with(chunk(b"tIME", b"1", 0), at=-12),
    "damaged animation": lambda: png_with(chunk(b"acTL", bytes(8)), chunk(b"fcTL", b"")),
    "unknown chunk": lambda: png_with(chunk(b"quIz", bytes(9), 3)),
}


@pytest.mark.parametrize("name", PNGS)
def test_the_pixels_of_a_png_need_no_metadata(name):
    content = PNGS[name]()
    assert np.array_equal(decode_image(content), PIXELS)
    if name != "damaged animation":  # TensorFlow's libpng reads all of them, and so do exported models
        assert np.array_equal(decode_tensor(content).numpy(), PIXELS)


def test_a_png_is_turned_by_its_exif_and_keeps_its_transparent_colour():
    assert np.array_equal(decode_image(png_with(chunk(b"eXIf", EXIF_6))), np.rot90(PIXELS, -1))
    clear = decode_image(png_with(chunk(b"tRNS", PIXELS[0, 0].astype(">u2").tobytes())))
    assert (clear[0, 0] == 255).all() and np.array_equal(clear[1:], PIXELS[1:])


def test_damaged_pixels_of_a_png_are_refused():
    content = bytearray(encoded())
    content[content.index(b"IDAT") + 12] ^= 255
    with pytest.raises(BrokenImageError):
        decode_image(bytes(content))


def segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


@pytest.mark.parametrize(
    "added",
    [
        segment(0xE1, b"Exif\0\0damaged"),
        segment(0xE1, b"Exif\0\0" + EXIF_6[:18] + b"\xff" * 40),
        segment(0xE2, b"ICC_PROFILE\0\x09\x01" + bytes(9)) * 300,
        segment(0xED, b"Photoshop 3.0\x008BIM" + b"\xff" * 30),
        segment(0xE2, b"MPF\0broken"),
        segment(0xFE, bytes(60_000)) * 200,
        b"\xff\xff\xff",
    ],
    ids=["EXIF", "EXIF cut", "profiles", "Photoshop", "MPF", "comments", "padding"],
)
def test_the_pixels_of_a_jpeg_need_no_metadata(added):
    plain = encoded("JPEG")
    content = plain[:2] + added + plain[2:]
    assert np.array_equal(decode_image(content), decode_image(plain))
    assert np.array_equal(decode_image(content), decode_tensor(plain).numpy())


@pytest.mark.parametrize("kind", ["CMYK", "L", "YCbCr"])
@pytest.mark.parametrize("progressive", [False, True])
def test_jpegs_keep_what_says_how_colours_are_written(kind, progressive):
    image = Image.fromarray(PIXELS).convert(kind)
    content = encoded("JPEG", image, progressive=progressive, comment=b"hello")
    with Image.open(io.BytesIO(content)) as opened:
        assert np.array_equal(decode_image(content), np.array(opened.convert("RGB")))


@pytest.mark.parametrize(
    "extension",
    [b"!\xfe\x01a\0" * 9000, b"!\xff\x0bXMP DataXMP" + b"\x05abcde" * 500 + b"\0", b"!\xf9\x01\0\0"],
)
def test_the_pixels_of_a_gif_need_no_extensions(extension):
    image = Image.fromarray(SMOOTH)
    plain = encoded("GIF", image)
    at = plain.index(b",", 13 + 3 * 256)
    assert np.array_equal(decode_image(plain[:at] + extension + plain[at:]), decode_image(plain))


def test_a_gif_keeps_its_transparent_colour():
    palette = Image.fromarray(PIXELS).convert("P")
    content = encoded("GIF", palette, transparency=palette.getpixel((0, 0)), comment=b"hello")
    assert (decode_image(content)[0, 0] == 255).all()


def scans(count: int, side: int = 64) -> bytes:
    """A progressive JPEG whose last scan is there `count` times."""
    plain = encoded("JPEG", Image.new("L", (side, side)), progressive=True)
    last = plain.rindex(b"\xff\xda")
    return plain[:last] + plain[last:-2] * count + plain[-2:]


def tiled(side: int, tile: tuple[int, int], big: bool = False) -> bytes:
    """A TIFF of `side` pixels whose only tile has another size."""
    tags = [(256, side), (257, side), (258, 8), (259, 8), (262, 1), (277, 1), (322, tile[0]), (323, tile[1])]
    count, entry, start = (
        ("<Q", "<HHQQ", b"II+\0\x08\0\0\0" + struct.pack("<Q", 16))
        if big
        else ("<H", "<HHII", b"II*\0\x08\0\0\0")
    )
    content = zlib.compress(bytes(min(tile[0] * tile[1], 100_000)))
    end = (
        len(start)
        + struct.calcsize(count)
        + (len(tags) + 2) * struct.calcsize(entry)
        + struct.calcsize(count)
        + 4
    )
    tags += [(324, end), (325, len(content))]
    packed = b"".join(struct.pack(entry, tag, 4, 1, value) for tag, value in tags)
    head = start + struct.pack(count, len(tags)) + packed
    return head.ljust(end, b"\0") + content


def many_tags(count: int) -> bytes:
    """A TIFF of tags that all point to the same bytes."""
    body = bytes(200_000)
    end = 8 + 2 + 12 * count + 4
    packed = b"".join(struct.pack("<HHII", 40_000 + number, 7, len(body), end) for number in range(count))
    return b"II*\0\x08\0\0\0" + struct.pack("<H", count) + packed + bytes(4) + body


BOMBS = {
    "JPEG scans": (lambda: scans(1001), "1001 scans or more"),
    "JPEG scans of a large image": (lambda: scans(130, 4000), "12. scans or more"),
    "JPEG segments": (lambda: encoded("JPEG")[:2] + segment(0xFE, b"") * 10_001, "segments"),
    "TIFF tile": (lambda: tiled(16, (26_000, 26_000)), "tiles of 26000x26000 pixels for an image of 16x16"),
    "BigTIFF tile": (lambda: tiled(16, (26_000, 26_000), big=True), "tiles of 26000x26000 pixels"),
    "TIFF tall tiles": (lambda: tiled(7000, (16, 1_000_000)), "tiles of 16x1000000 pixels"),
    "TIFF tags": (lambda: many_tags(500), "tags take more room than its pixels"),
    "PNG chunks": (lambda: png_with(chunk(b"IDAT", b"") * 200_001), "more than 200000 parts"),
    "GIF blocks": (
        lambda: encoded("GIF")[:781] + b"!\xfe\x01a\0" * 200_000 + encoded("GIF")[781:],
        "more than 200000 parts",
    ),
    "WebP canvas": (
        lambda: b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0" + b"\xff\x3f\0\xff\x3f\0",
        "16384x16384 pixels",
    ),
    "AVIF stream": (lambda: avif((64, 64), 4100), "an AVIF of 64x64 pixels that decodes to 16 million"),
    "AVIF size": (lambda: avif((8001, 8000), 16), "8001x8000 pixels"),
    "BMP, run-length encoded": (lambda: rle_bmp(4000), "8 million run-length encoded pixels"),
    "PPM in plain text": (
        lambda: b"P3 2000 2000 255\n" + b"1 " * 4_000_001,
        "8 million bytes of pixels in plain text",
    ),
    "PPM of an odd maximum": (lambda: b"P6 3000 3000 100\n", "8 million pixels of an odd maximum"),
    "PPM header": (lambda: b"P6 #" + b"a" * 70_000, "not the header of a PNM"),
}


def avif(declared: tuple[int, int], side: int, copies: int = 1) -> bytes:
    """An AVIF of one declared size, whose stream decodes to another."""
    plain = encoded("AVIF", Image.new("L", (side, side)), speed=10, quality=1)
    at = plain.index(b"ispe") + 8
    return plain[:at] + struct.pack(">II", *declared) + plain[at + 8 :]


def rle_bmp(side: int) -> bytes:
    return (
        b"BM"
        + struct.pack("<IHHIIiiHHIIiiII", 1078, 0, 0, 1078, 40, side, side, 1, 8, 1, 0, 0, 0, 256, 0)
        + bytes(1024)
    )


@pytest.mark.parametrize("name", BOMBS)
def test_what_would_take_gigabytes_or_minutes_is_refused_before_it_is_decoded(name, monkeypatch):
    content, reason = BOMBS[name]
    content = content()
    monkeypatch.setattr(Image, "open", lambda *args, **options: pytest.fail("a decoder has seen it"))
    with pytest.raises(BrokenImageError, match=reason):
        decode_image(content)


def test_files_near_the_bounds_are_decoded():
    assert decode_image(scans(900)).shape == (64, 64, 3)
    assert decode_image(tiled(16, (256, 256))).shape == (16, 16, 3)
    assert decode_image(b"P3\n# one\n2 1 # two\n255\n1 2 3 4 5 6").tolist() == [[[1, 2, 3], [4, 5, 6]]]
