"""One folder with every awkward kind of image and name of TRAPS.md (traps 15, 17 and 20)."""

import sys
import unicodedata

import numpy as np
import pytest
from PIL import Image

from kerasft.base.errors import InputError
from kerasft.inputs.images.decode import decode_image
from kerasft.inputs.images.files import IMAGES
from kerasft.tasks.image_classification.reading import read_images

FLOWER = unicodedata.normalize("NFD", "fleur d'été")  # as macOS writes it
CLASSES = ("cat & dog", unicodedata.normalize("NFC", FLOWER), "花")


def good(make) -> dict[str, bytes]:
    """File name -> bytes of images that count."""
    exif = Image.Exif()
    rgba = Image.fromarray(make.noise(21, channels=4))
    pictures = {
        f"exif {number}.jpg": make.encode(make.picture(number), "JPEG", exif=_orientation(exif, number))
        for number in range(1, 9)
    }
    pictures |= {
        "grey.png": make.encode(make.picture(20).convert("L")),
        "rgba.png": make.encode(rgba),
        "la.png": make.encode(Image.fromarray(make.noise(22, channels=2), "LA")),
        "palette.png": make.encode(make.picture(23).quantize(50), transparency=3),
        "one bit.png": make.encode(make.picture(24).convert("1")),
        "sixteen.png": make.encode(Image.fromarray(np.arange(90, dtype=np.uint16).reshape(9, 10) * 700)),
        "cmyk.jpg": make.encode(make.picture(25).convert("CMYK"), "JPEG"),
        "animated.gif": make.encode(
            make.picture(26).quantize(), "GIF", save_all=True, append_images=[make.picture(27).quantize()]
        ),
        "UPPER.WEBP": make.encode(make.picture(28), "WEBP"),
        "scan.tiff": make.encode(make.picture(29), "TIFF"),
        "really a png.jpg": make.encode(make.picture(30)),
        "one pixel.png": make.encode(make.picture(31, 1, 1)),
        "thin.png": make.encode(make.picture(32, 1, 10000)),
        'line\nbreak: and, "quotes".png': make.encode(make.picture(33)),
        "花.png": make.encode(make.picture(34)),
    }
    return pictures


def _orientation(exif, number):
    exif[0x0112] = number
    return exif.tobytes()


def broken(make) -> dict[str, tuple[bytes, str]]:
    """File name -> bytes of images that don't decode, and what is said about them."""
    return {
        "zero.jpg": (b"", "the file is empty (0 bytes)"),
        "half.jpg": (make.encode(make.picture(40, 64, 64), "JPEG")[:1500], "truncated"),
        "text.jpg": (b"not an image at all", "not an image but text, beginning with 'not an image at '"),
        "bomb.png": (make.png(0, 1, [b""], 20000, 20000), "more than 64 million pixels; make it smaller"),
        "phone.heic": (b"\0\0\0\x18ftypheic" + b"\0" * 50, "HEIC needs a plugin: pip install pillow-heif"),
    }


@pytest.fixture
def awkward(make, tmp_path, monkeypatch):
    """The folder: three classes with good and broken images, and all that must not count."""
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    root = tmp_path / "my data"
    make.classes(root, {CLASSES[0]: 5, FLOWER: 5, CLASSES[2]: 5}, first_seed=100)
    for name, content in good(make).items():
        (root / CLASSES[0] / name).write_bytes(content)
    for name, (content, _) in broken(make).items():
        (root / CLASSES[0] / name).write_bytes(content)
    nested = root / CLASSES[2] / "2024" / "may"
    make.write(nested, 200)
    (nested / "up").symlink_to(root / CLASSES[2])  # a loop
    (root / CLASSES[2] / "again").symlink_to(root)
    (root / CLASSES[2] / "self.png").symlink_to("self.png")
    make.write(root / "__MACOSX" / "x", 300)
    make.write(root / ".hidden", 301)
    for name in (".DS_Store", "._001.png", "Thumbs.db", "desktop.ini"):
        (root / CLASSES[0] / name).write_bytes(b"x")
        (root / name).write_bytes(b"x")
    (root / CLASSES[0] / "notes.txt").write_text("x")
    make.write(root, 302, "loose.png")
    return root


def test_all_broken_pictures_are_listed_together(awkward, make):
    with pytest.raises(InputError) as error:
        read_images(awkward, 8)
    lines = str(error.value).splitlines()
    for name, (_, reason) in broken(make).items():
        (line,) = (line for line in lines if f"cat & dog/{name})" in line)
        assert reason in line
        assert line.startswith("an image can't be decoded, ")
        assert line.endswith("repair or remove it, or leave all broken ones out with --skip-broken")
    (line,) = (line for line in lines if "self.png" in line)
    assert "a link to a file that does not exist (received: 花/self.png)" in line
    assert len(lines) == len(broken(make)) + 1


def test_the_rest_is_read_when_broken_pictures_are_skipped(awkward, make):
    splits = read_images(awkward, 8, skip_broken=True)
    assert splits.class_names == CLASSES
    ids = sorted(splits.train.ids + splits.validation.ids + splits.test.ids)
    expected = [f"cat & dog/{name}" for name in good(make)]
    expected += [f"{name}/{seed}.png" for seed, name in _numbered()] + ["花/2024/may/200.png"]
    assert ids == sorted(expected)
    assert {line.split(": ")[0] for line in splits.skipped} == {
        *(f"cat & dog/{name}" for name in broken(make)),
        "花/self.png",
    }
    assert "1 image directly in the data folder without a class left out: loose.png" in splits.notes
    assert "1 other file left out: cat & dog/notes.txt" in splits.notes
    assert any(
        note.endswith("inside class folders: their images belong to the class") for note in splits.notes
    )


def _numbered():
    folders = (CLASSES[0], FLOWER, CLASSES[2])
    return [(100 + number, folders[number // 5]) for number in range(15)]


def test_each_row_is_what_the_decoder_gives_for_its_file(awkward):
    """The right pixels beside the right id and label, in every split (traps 17 and 22)."""
    from kerasft.inputs.images.decode import load_image

    splits = read_images(awkward, 8, skip_broken=True)
    for split in (splits.train, splits.validation, splits.test):
        for image, label, name in zip(split.images, split.labels, split.ids, strict=True):
            assert np.array_equal(image, load_image(awkward / name, 8))
            folder = unicodedata.normalize("NFC", name.split("/")[0])
            assert splits.class_names[label] == folder


def test_exif_orientations_give_upright_pictures(awkward):
    """All eight files were written from images of 19 x 23 pixels."""
    shapes = [decode_image(awkward / "cat & dog" / f"exif {number}.jpg").shape for number in range(1, 9)]
    assert shapes == [(19, 23, 3)] * 4 + [(23, 19, 3)] * 4


def test_suffixes():
    assert all(map(IMAGES.fits, ("a.jpg", "a.JPEG", "a.webp", "a.TIF", "a.heic", "a.b.png")))
    assert not any(map(IMAGES.fits, ("a.txt", "a", "jpg", "a.jpg.txt", "a.mp4")))
