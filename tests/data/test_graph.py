"""The decoder inside exported models gives the same pixels, bit for bit, as that for training (trap 20)."""

import struct

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from kerasft.base.resizing import RESIZES
from kerasft.inputs.images.decode import decode_image, load_image, resize_image
from kerasft.inputs.images.graph import decode_tensor, resize_tensor


@pytest.fixture(scope="module")
def decode():
    return tf.function(decode_tensor, input_signature=[tf.TensorSpec((), tf.string)])


def same(decode, encoded):
    expected = decode_image(encoded)
    assert np.array_equal(decode(encoded).numpy(), expected)
    return expected


@pytest.mark.parametrize("subsampling", [0, 1, 2])
@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("quality", [40, 90])
def test_jpeg(decode, make, subsampling, progressive, quality):
    options = {"subsampling": subsampling, "progressive": progressive, "quality": quality}
    same(decode, make.encode(make.picture(3, 37, 53), "JPEG", **options))


def test_jpeg_of_other_modes(decode, make):
    same(decode, make.encode(make.picture().convert("L"), "JPEG"))
    same(decode, make.encode(make.picture().convert("CMYK"), "JPEG"))


@pytest.mark.parametrize("endian", ["<", ">"])
@pytest.mark.parametrize("orientation", range(10))
def test_jpeg_orientation(decode, make, orientation, endian):
    exif = Image.Exif()
    exif.endian = endian
    exif[0x010E], exif[0x0112], exif[0x0131] = "a description before it", orientation, "software after it"
    decoded = same(decode, make.encode(make.picture(), "JPEG", exif=exif.tobytes()))
    assert decoded.shape[0] == (23 if 5 <= orientation <= 8 else 19)


def test_jpeg_orientation_behind_other_segments_and_padding(decode, make):
    exif = Image.Exif()
    exif[0x0112] = 6
    encoded = make.encode(
        make.picture(), "JPEG", exif=exif, comment=b"Exif\0\0 is only a comment", icc_profile=b"x" * 3000
    )
    comment = b"\xff\xfe" + struct.pack(">H", 40) + b"\xff\xe1" * 19  # what looks like a marker is content
    padded = encoded[:2] + b"\xff\xff\xff" + comment + encoded[2:]
    assert same(decode, padded).shape == (23, 19, 3)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
@pytest.mark.parametrize(
    "exif",
    [b"", b"Exif\0\0", b"Exif\0\0MM\0*\xff\xff\xff\xff\x01\x12", b"Exif\0\0II*\0\x08\0\0\0\xff\xff\x12\x01"],
)
def test_damaged_exif_is_ignored(decode, make, exif):
    assert same(decode, make.encode(make.picture(), "JPEG", exif=exif)).shape == (19, 23, 3)


def test_png_of_every_kind(decode, make):
    rgba, grey = make.noise(channels=4), make.noise()[..., 0]
    palette = make.picture().quantize(200)
    for image, options in (
        (make.picture(), {}),
        (make.picture(), {"transparency": tuple(map(int, make.noise()[0, 0]))}),
        (Image.fromarray(grey), {}),
        (Image.fromarray(grey), {"transparency": int(grey[0, 0])}),
        (Image.fromarray(rgba), {}),
        (Image.fromarray(rgba[..., :2].copy(), "LA"), {}),
        (palette, {}),
        (palette, {"transparency": 5}),
        (palette, {"transparency": bytes(range(200))}),
        (make.picture().quantize(3), {"bits": 2}),
        (Image.fromarray(grey).convert("1"), {}),
        (Image.fromarray(grey).convert("1"), {"transparency": 0}),
        (Image.new("1", (5, 5)), {}),
        (Image.new("1", (5, 5), 1), {}),
        (Image.fromarray(np.arange(20, dtype=np.uint16).reshape(4, 5) * 3000), {}),
    ):
        same(decode, make.encode(image, **options))


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_grey_png_of_few_bits(decode, make, depth):
    """TensorFlow alone takes these as almost transparent."""
    rows = [np.random.default_rng(row).bytes(8) for row in range(6)]
    encoded = make.png(0, depth, rows, 64 // depth)
    assert same(decode, encoded).max() == 255


@pytest.mark.parametrize(("color_type", "channels"), [(0, 1), (2, 3), (4, 2), (6, 4)])
def test_png_of_sixteen_bits(decode, make, color_type, channels):
    pixels = np.random.default_rng(0).integers(0, 65536, (6, 7, channels)).astype(">u2")
    same(decode, make.png(color_type, 16, [row.tobytes() for row in pixels], 7))


@pytest.mark.parametrize("kind", ["GIF", "BMP", "WEBP"])
def test_other_formats_are_refused(decode, make, kind):
    with pytest.raises(tf.errors.InvalidArgumentError, match="not a JPEG or PNG file"):
        decode(make.encode(make.picture(), kind))


@pytest.mark.parametrize("resize", RESIZES)
def test_decode_and_resize_in_one_graph_equal_load_image(make, resize):
    @tf.function(input_signature=[tf.TensorSpec((), tf.string)])
    def serve(encoded):
        return resize_tensor(decode_tensor(encoded), 24, resize)

    for seed, (height, width) in enumerate(((8, 8), (24, 24), (31, 77), (200, 60), (1, 500), (900, 1))):
        encoded = make.encode(make.picture(seed, height, width), "JPEG")
        assert np.array_equal(serve(encoded).numpy(), load_image(encoded, 24, resize))


@pytest.mark.parametrize("resize", RESIZES)
@pytest.mark.parametrize("size", [1, 3, 16, 33])
def test_a_picture_of_the_right_size_stays_as_it_is(size, resize):
    """So `resize_image` need not ask the graph, which exported models do."""
    picture = np.random.default_rng(size).integers(0, 256, (size, size, 3), "uint8")
    np.testing.assert_array_equal(resize_tensor(picture, size, resize), picture)
    same = resize_image(picture, size, resize)
    np.testing.assert_array_equal(same, picture)
    assert not np.shares_memory(same, picture)


def test_resize_of_float_pictures_and_unknown_modes(make):
    image = make.noise()
    whole = resize_tensor(image, 12).numpy()
    assert whole.dtype == np.uint8
    assert np.array_equal(whole, resize_tensor(image.astype(np.float32), 12).numpy())
    with pytest.raises(ValueError, match=r"resize must be one of .* \(received: 'fit'\)"):
        resize_tensor(image, 12, "fit")
