"""Every decodable kind gives one documented RGB image; every broken kind says why (trap 20)."""

import io
import sys

import numpy as np
import pytest
from PIL import Image, ImageOps

from kerasft.base.resizing import RESIZES
from kerasft.inputs.images.decode import MAX_PIXELS, BrokenImageError, decode_image, load_image, resize_image


def test_rgb_png_is_unchanged_whatever_its_name(make, tmp_path):
    path = tmp_path / "picture.jpg"
    path.write_bytes(make.encode(make.picture()))
    for source in (path, str(path), path.read_bytes()):
        decoded = decode_image(source)
        assert decoded.dtype == np.uint8
        assert np.array_equal(decoded, make.noise())


@pytest.mark.parametrize("kind", ["BMP", "TIFF", "PPM", "WEBP"])
def test_lossless_formats(make, kind):
    options = {"lossless": True} if kind == "WEBP" else {}
    assert np.array_equal(decode_image(make.encode(make.picture(), kind, **options)), make.noise())


def test_grey_and_one_bit(make):
    grey = make.noise()[..., 0]
    assert np.array_equal(decode_image(make.encode(Image.fromarray(grey))), np.stack([grey] * 3, -1))
    one_bit = decode_image(make.encode(Image.fromarray(grey).convert("1", dither=0)))
    assert np.array_equal(one_bit, np.stack([(grey >= 128) * np.uint8(255)] * 3, -1))


def test_alpha_is_laid_over_white(make):
    rgba = make.noise(channels=4)
    rgba[0, 0], rgba[0, 1] = (10, 20, 30, 0), (10, 20, 30, 255)
    decoded = decode_image(make.encode(Image.fromarray(rgba)))
    assert decoded[0, 0].tolist() == [255, 255, 255] and decoded[0, 1].tolist() == [10, 20, 30]
    assert np.array_equal(decoded, make.over_white(rgba))
    grey = make.noise(channels=2)
    expected = make.over_white(grey[..., [0, 0, 0, 1]])
    assert np.array_equal(decode_image(make.encode(Image.fromarray(grey, "LA"))), expected)


def test_palette_with_and_without_transparency(make):
    palette = make.picture().quantize(64)
    opaque = np.array(palette.convert("RGB"))
    assert np.array_equal(decode_image(make.encode(palette)), opaque)
    clear = np.asarray(palette) == 7
    decoded = decode_image(make.encode(palette, transparency=7))
    assert clear.any() and (decoded[clear] == 255).all()
    assert np.array_equal(decoded[~clear], opaque[~clear])


def test_sixteen_bits_keep_the_high_byte(make):
    deep = np.random.default_rng(0).integers(0, 65536, (9, 11)).astype(np.uint16)
    expected = np.stack([(deep >> 8).astype(np.uint8)] * 3, -1)
    assert np.array_equal(decode_image(make.encode(Image.fromarray(deep))), expected)
    assert np.array_equal(decode_image(make.encode(Image.fromarray(deep), "TIFF")), expected)
    rgb = np.random.default_rng(1).integers(0, 65536, (9, 11, 3)).astype(">u2")
    encoded = make.png(2, 16, [row.tobytes() for row in rgb], 11)
    assert np.array_equal(decode_image(encoded), (rgb >> 8).astype(np.uint8))


def test_cmyk_jpeg_is_close_to_its_rgb(make):
    smooth = np.array(
        Image.fromarray(make.noise(height=3, width=3)).resize((48, 48), Image.Resampling.BICUBIC)
    )
    encoded = make.encode(Image.fromarray(smooth).convert("CMYK"), "JPEG", quality=98)
    assert np.abs(decode_image(encoded).astype(int) - smooth).max() < 12


def test_first_frame_of_a_gif_and_first_page_of_a_tiff(make):
    frames = [make.picture(seed).quantize(128) for seed in range(3)]
    first = np.array(frames[0].convert("RGB"))
    for kind in ("GIF", "TIFF"):
        encoded = make.encode(frames[0], kind, save_all=True, append_images=frames[1:])
        assert np.array_equal(decode_image(encoded), first)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_exif_orientation_is_applied(make, kind, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"WEBP": {"lossless": True}, "JPEG": {"quality": 95, "subsampling": 0}}.get(kind, {})
    encoded = make.encode(make.picture(), kind, exif=exif, **options)
    with Image.open(io.BytesIO(encoded)) as image:
        expected = np.array(ImageOps.exif_transpose(image).convert("RGB"))
    decoded = decode_image(encoded)
    assert decoded.shape == ((23, 19, 3) if orientation >= 5 else (19, 23, 3))
    assert np.array_equal(decoded, expected)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_damaged_exif_is_ignored(make):
    encoded = make.encode(make.picture(), "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff\x01\x12")
    assert decode_image(encoded).shape == (19, 23, 3)


def test_extreme_shapes(make):
    for height, width in ((1, 1), (1, 10000), (10000, 1)):
        encoded = make.encode(make.picture(0, height, width))
        assert np.array_equal(decode_image(encoded), make.noise(0, height, width))
        for resize in RESIZES:
            assert load_image(encoded, 8, resize).shape == (8, 8, 3)


def _truncated(make) -> bytes:
    return make.encode(make.picture(0, 64, 64), "JPEG")[:900]


HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 64
BROKEN = {
    "empty": (lambda make: b"", "the file is empty (0 bytes)"),
    "text": (
        lambda make: b"hello, I am not a picture",
        "not an image but text, beginning with 'hello, I am not '",
    ),
    "binary": (lambda make: bytes(range(128, 256)), "not an image in a known format"),
    "truncated": (_truncated, "truncated: the file ends before the image does"),
    "truncated png": (lambda make: make.encode(make.picture())[:-400], "truncated"),
    "header only": (lambda make: make.encode(make.picture())[:10], "truncated or damaged in its first bytes"),
    "bomb": (
        lambda make: make.png(0, 1, [b""], 20000, 20000),
        "more than 64 million pixels; make it smaller",
    ),
    "small bomb": (lambda make: make.png(0, 1, [b""], 9000, 9000), "9000x9000 pixels, more than 64 million"),
    "heic": (lambda make: HEIC, "HEIC needs a plugin: pip install pillow-heif, or convert it to JPEG"),
    "float": (
        lambda make: make.encode(Image.new("F", (4, 4)), "TIFF"),
        "floating-point numbers, which have no plain RGB value",
    ),
    "lab": (
        lambda make: make.encode(Image.new("LAB", (4, 4)), "TIFF"),
        "LAB colours, which have no plain RGB value",
    ),
    "svg": (lambda make: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not an image but text"),
}


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("name", BROKEN)
def test_broken_pictures_say_why(make, name, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    content, reason = BROKEN[name]
    path = tmp_path / "secret.jpg"
    path.write_bytes(content(make))
    with pytest.raises(BrokenImageError) as error:
        decode_image(path)
    assert reason in str(error.value)
    assert "secret" not in str(error.value)


def test_a_bomb_is_refused_from_its_header(make):
    """The rows of these files are missing: if they were decompressed first, they would count as truncated."""
    assert 9000 * 9000 > MAX_PIXELS
    with pytest.raises(BrokenImageError, match="64 million"):
        decode_image(make.png(2, 8, [b""], 9000, 9000))


def test_unreadable_paths(tmp_path):
    (tmp_path / "folder.jpg").mkdir()
    (tmp_path / "link.jpg").symlink_to("nowhere.jpg")
    (tmp_path / "loop.jpg").symlink_to("loop.jpg")
    for name, reason in (
        ("missing.jpg", "the file does not exist"),
        ("folder.jpg", "not a plain file"),
        ("link.jpg", "a link to a file that does not exist"),
        ("loop.jpg", "a link to a file that does not exist"),
    ):
        with pytest.raises(BrokenImageError) as error:
            decode_image(tmp_path / name)
        assert str(error.value) == reason


def test_resize_keeps_a_picture_of_the_right_size_and_its_input(make):
    image = make.noise(height=16, width=16)
    before = image.copy()
    assert np.array_equal(resize_image(image, 16), image)
    resize_image(image, 5)
    assert np.array_equal(image, before)


def test_resize_is_an_antialiased_average(make):
    """Shrinking by a whole factor weighs neighbours with a triangle; Pillow's bilinear filter is the same."""
    image = make.noise(height=64, width=96)
    pillow = np.array(Image.fromarray(image).resize((16, 16), Image.Resampling.BILINEAR))
    assert np.abs(resize_image(image, 16).astype(int) - pillow).max() <= 1


def test_crop_takes_the_central_square(make):
    image = make.noise(height=10, width=30)
    assert np.array_equal(resize_image(image, 10, "crop"), image[:, 10:20])
    tall = image.transpose(1, 0, 2)
    assert np.array_equal(resize_image(tall, 10, "crop"), tall[10:20])


@pytest.mark.parametrize(
    ("height", "width"), [(64, 96), (96, 64), (40, 64), (10, 25), (1, 500), (500, 1), (7, 7), (3, 1000)]
)
def test_letterbox_keeps_proportions_between_bars_of_grey(make, height, width):
    image = make.noise(height=height, width=width)
    inner = (min(16, max(1, int(16 * width / height + 0.5))), min(16, max(1, int(16 * height / width + 0.5))))
    bars = Image.new("RGB", (16, 16), (114, 114, 114))
    at = ((16 - inner[0]) // 2, (16 - inner[1]) // 2)
    bars.paste(Image.fromarray(image).resize(inner, Image.Resampling.BILINEAR), at)
    found = resize_image(image, 16, "letterbox")
    assert np.abs(found.astype(int) - np.array(bars)).max() <= 1
    beside = np.ones((16, 16), bool)
    beside[at[1] : at[1] + inner[1], at[0] : at[0] + inner[0]] = False
    assert (found[beside] == 114).all() and beside.any() == (height != width)
