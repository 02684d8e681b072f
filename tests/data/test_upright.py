"""The size of an image as it stands upright, from its header: that of the image once it is decoded."""

import pytest
from PIL import Image

from kerasft.inputs.images.decode import BrokenImageError, decode_image
from kerasft.inputs.images.upright import upright_size
from tests.fuzz.mangling import pictures


def test_it_is_that_of_the_decoded_image_whatever_the_format(tmp_path):
    found = pictures()
    assert len(found) > 10
    for number, encoded in enumerate(found):
        path = tmp_path / str(number)
        path.write_bytes(encoded)
        height, width = decode_image(path).shape[:2]
        assert upright_size(path)[:2] == (width, height)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp"])
def test_exif_exchanges_width_and_height(orientation, suffix, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"a.{suffix}"
    Image.new("RGB", (30, 20), (200, 10, 10)).save(path, exif=exif)
    expected = (20, 30, True) if orientation > 4 else (30, 20, False)
    assert upright_size(path) == expected and decode_image(path).shape[:2] == expected[1::-1]


@pytest.mark.parametrize("content", [b"", b"text", b"\x89PNG\r\n\x1a\n123"])
def test_what_is_no_image_is_refused(content, tmp_path):
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(BrokenImageError):
        upright_size(tmp_path / "a.png")
    with pytest.raises(BrokenImageError, match="does not exist"):
        upright_size(tmp_path / "b.png")
