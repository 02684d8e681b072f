"""16-bit files whose upper bits are empty: read by the bits that all files use, refused where they don't fit."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

import kerasft
from kerasft.data.splits_file import write_splits
from kerasft.inputs.images.decode import OWN, BrokenImageError, decode_image, decode_with_depth, load_image
from kerasft.inputs.images.graph import decode_tensor
from tests.restoring import restore_splits


def values(top: int, channels: int = 1, seed: int = 0) -> np.ndarray:
    """Random values below `top`; the highest is among them."""
    found = np.random.default_rng(seed).integers(0, top, (6, 5, channels)).astype(np.uint16)
    found[0, 0] = top - 1
    return found


def png16(array: np.ndarray) -> bytes:
    """A PNG of 16 bits per channel: grey, RGB, grey with alpha, RGBA."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        )

    height, width, channels = array.shape
    header = struct.pack(">IIBBBBB", width, height, 16, {1: 0, 3: 2, 2: 4, 4: 6}[channels], 0, 0, 0)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in array)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def tiff(array: np.ndarray, order: str = "<", sample_format: int = 1, **more: int) -> bytes:
    """An uncompressed or deflated TIFF of one strip, in either byte order."""
    height, width, channels = array.shape
    content = array.astype(array.dtype.newbyteorder(order)).tobytes()
    content = zlib.compress(content) if more.get("compression") == 8 else content
    bits = array.dtype.itemsize * 8
    tags = {256: (width,), 257: (height,), 258: (bits,) * channels, 259: (more.get("compression", 1),)}
    tags |= {
        262: (more.get("photometric", 2 if channels == 3 else 1),),
        273: (0,),
        277: (channels,),
        278: (height,),
    }
    tags |= {279: (len(content),), 284: (more.get("planes", 1),), 339: (sample_format,) * channels}
    end = 8 + 2 + 12 * len(tags) + 4
    long = [tag for tag, value in tags.items() if len(value) > 2]
    tags[273] = (end + sum(2 * len(tags[tag]) for tag in long),)
    entries, behind = b"", b""
    for tag, value in tags.items():
        packed = struct.pack(f"{order}{len(value)}H", *value)
        place = packed.ljust(4, b"\0") if tag not in long else struct.pack(order + "I", end + len(behind))
        behind += packed if tag in long else b""
        entries += struct.pack(order + "HHI", tag, 3, len(value)) + place
    start = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(order + "IH", 8, len(tags))
    return start + entries + bytes(4) + behind + content


def pnm(array: np.ndarray, highest: int) -> bytes:
    height, width, channels = array.shape
    header = b"P%d\n# a camera's\n%d %d\n%d\n" % (5 if channels == 1 else 6, width, height, highest)
    return header + array.astype(">u2").tobytes()


FILES = {
    "grey PNG": lambda top: (png16(values(top)), values(top)),
    "RGB PNG": lambda top: (png16(values(top, 3)), values(top, 3)),
    "TIFF": lambda top: (tiff(values(top)), values(top)),
    "big-endian TIFF": lambda top: (tiff(values(top), ">"), values(top)),
    "RGB TIFF": lambda top: (tiff(values(top, 3)), values(top, 3)),
    "big-endian RGB TIFF, deflated": lambda top: (tiff(values(top, 3), ">", compression=8), values(top, 3)),
    "PGM": lambda top: (pnm(values(top), 65535), values(top)),
    "PPM": lambda top: (pnm(values(top, 3), 65535), values(top, 3)),
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(("top", "bits"), [(65536, 16), (16384, 14), (3000, 12), (1024, 10), (256, 8)])
def test_the_upper_8_of_the_bits_that_are_used_are_taken(name, top, bits):
    encoded, array = FILES[name](top)
    pixels, found = decode_with_depth(encoded, OWN)
    assert found == bits
    assert np.array_equal(pixels, np.broadcast_to(array >> (bits - 8), (6, 5, 3)))
    assert np.array_equal(decode_image(encoded, bits), pixels)


@pytest.mark.parametrize("name", FILES)
def test_without_bits_a_file_that_uses_few_is_refused_and_so_is_a_value_that_needs_more(name):
    encoded, _ = FILES[name](4096)
    with pytest.raises(
        BrokenImageError, match="use 12 of 16 bits .up to 4095.* divide them by 16 and save 8 bits"
    ):
        decode_image(encoded)
    with pytest.raises(BrokenImageError, match="a value of 4095, and of 16-bit files 10 bits are read"):
        decode_image(encoded, 10)


def test_a_pgm_that_says_what_is_white_needs_no_bits():
    array = values(1000)
    pixels, bits = decode_with_depth(pnm(array, 4095), OWN)
    assert bits == 0 and np.abs(pixels.astype(int) - (array >> 4)).max() <= 1


def test_black_is_black_at_any_depth():
    assert not decode_image(png16(np.zeros((6, 5, 1), np.uint16))).any()


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize(
    ("dtype", "sample_format"), [("f4", 3), ("f8", 3), ("i1", 2), ("i2", 2), ("i4", 2), ("u4", 1)]
)
def test_numbers_without_a_plain_rgb_value_are_refused(dtype, sample_format, order):
    with pytest.raises(BrokenImageError):
        decode_image(tiff(np.ones((6, 5, 1), dtype), order, sample_format), 12)


@pytest.mark.parametrize("more", [{"photometric": 0}, {"planes": 2}])
def test_what_pillow_would_read_wrongly_is_refused(more):
    with pytest.raises(BrokenImageError, match="where 0 is white|in planes of their own"):
        decode_image(tiff(values(4096, 3 if "planes" in more else 1), **more), 12)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    ("top", "bits"), [(65536, None), (65536, 16), (4096, 12), (3000, 12), (256, 8), (256, 12)]
)
def test_a_saved_model_decodes_the_same(channels, top, bits):
    encoded = png16(values(top, channels))
    assert np.array_equal(decode_tensor(encoded, bits).numpy(), decode_image(encoded, bits))


@pytest.mark.parametrize(("top", "bits"), [(4096, None), (4096, 10), (65536, 12)])
def test_a_saved_model_refuses_the_same(top, bits):
    with pytest.raises(Exception, match="16-bit PNG whose values don't fit the model"):
        decode_tensor(png16(values(top)), bits)
    with pytest.raises(BrokenImageError):
        decode_image(png16(values(top)), bits)


@pytest.mark.parametrize("channels", [2, 4])
def test_transparency_in_fewer_bits_is_refused_everywhere(channels):
    array = values(4096, channels)
    with pytest.raises(BrokenImageError, match="transparency"):
        decode_image(png16(array), 12)
    with pytest.raises(Exception, match="16-bit PNG"):
        decode_tensor(png16(array), 12)


@pytest.fixture
def detector(tmp_path):
    """Two classes of 12-bit values, one file of each brighter than the others."""
    for name in ("left", "right"):
        for number in range(6):
            array = values(4096 if number == 0 else 200, seed=number + 10 * (name == "left"))
            (tmp_path / name).mkdir(exist_ok=True)
            (tmp_path / name / f"{number}.png").write_bytes(png16(array))
    return tmp_path


def test_all_files_are_read_by_the_bits_that_they_use_together(detector):
    splits = kerasft.read_images(detector, 8)
    assert splits.bit_depth == 12
    assert (
        "12 16-bit files read as 12 bits: no value is above 4095; --bit-depth says otherwise" in splits.notes
    )
    for split in (splits.train, splits.validation, splits.test):
        for image, name in zip(split.images, split.ids, strict=True):
            assert np.array_equal(image, load_image(detector / name, 8, bit_depth=12))


def test_files_below_256_differ_and_are_read_as_they_are(detector):
    for path in detector.glob("*/0.png"):
        path.unlink()
    splits = kerasft.read_images(detector, 8)
    assert splits.bit_depth == 8 and splits.train.images.max() > 150


def test_a_stray_white_value_is_told(detector):
    array = values(200, seed=99).repeat(20, 0).repeat(20, 1)
    array[0, 0] = 65535
    (detector / "left" / "stray.png").write_bytes(png16(array))
    with pytest.raises(
        kerasft.InputError, match="different files become the same image in 8 bits: .* 0 to 65535"
    ):
        kerasft.read_images(detector, 8, skip_broken=True)


def test_dark_files_are_noted(detector):
    for path in detector.glob("*/0.png"):
        number = int(path.parent.name == "left")
        array = values(2500, seed=number).repeat(20, 0).repeat(20, 1) // 14
        array[0, 0] = 4095
        path.write_bytes(png16(array))
    notes = "\n".join(kerasft.read_images(detector, 8).notes)
    assert (
        "of the values of 16-bit files lie in the lowest 16th of the range 0 to 4095, and little is left"
        in notes
    )


def test_the_bits_can_be_given_and_restored(detector, tmp_path_factory):
    splits = kerasft.read_images(detector, 8, bit_depth=14)
    assert splits.bit_depth == 14 and not any("bits" in note for note in splits.notes)
    path = write_splits(splits, tmp_path_factory.mktemp("run") / "splits.csv")
    again = restore_splits(path, str(detector), splits.class_names, 8, "stretch", bit_depth=14)
    assert np.array_equal(again.train.images, splits.train.images)
    with pytest.raises(kerasft.InputError, match="10 bits are read"):
        kerasft.read_images(detector, 8, bit_depth=10)
    with pytest.raises(kerasft.InputError, match="from 8 to 16"):
        kerasft.read_images(detector, 8, bit_depth=7)


def test_8_bit_files_have_no_depth(tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()
        for number in range(4):
            pixels = np.random.default_rng(number + 10 * ord(name)).integers(0, 256, (8, 8, 3), "uint8")
            buffer = io.BytesIO()
            Image.fromarray(pixels).save(buffer, "PNG")
            (tmp_path / name / f"{number}.png").write_bytes(buffer.getvalue())
    assert kerasft.read_images(tmp_path, 8).bit_depth is None
