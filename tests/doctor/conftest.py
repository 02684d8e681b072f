"""A messy folder of images, as people have it."""

import shutil

import numpy as np
import pytest
from PIL import Image, ImageEnhance

import kerasft


@pytest.fixture(scope="session")
def messy(tmp_path_factory, write_pictures):
    """Three classes of 30 images of 48 pixels, and one of everything that is wrong. Don't write into it."""
    folder = write_pictures(tmp_path_factory.mktemp("doctor") / "messy", 30, size=48)
    circles = sorted((folder / "circle").glob("*.png"))
    (folder / "circle" / "000.png").rename(folder / "stripes" / "moved.png")
    shutil.copy(circles[1], folder / "circle" / "copy.png")
    shutil.copy(circles[2], folder / "noise" / "contrary.png")
    ImageEnhance.Brightness(Image.open(circles[3])).enhance(0.85).save(
        folder / "circle" / "darker.jpg", quality=70
    )
    Image.open(circles[4]).resize((24, 24)).save(folder / "circle" / "smaller.png")
    (folder / "noise" / "empty.jpg").write_bytes(b"")
    (folder / "noise" / "<b>text.jpg").write_bytes(b"hello, no picture")
    (folder / "stripes" / "cut.png").write_bytes((folder / "stripes" / "001.png").read_bytes()[:200])
    rng = np.random.default_rng(1)
    odd = Image.fromarray(rng.integers(0, 255, (48, 48, 3), "uint8").repeat(1, 0))
    odd.convert("CMYK").save(folder / "noise" / "cmyk.jpg")
    Image.fromarray(rng.integers(0, 255, (10, 200, 3), "uint8")).save(folder / "noise" / "long.png")
    turned = Image.fromarray(rng.integers(0, 255, (48, 48, 3), "uint8"))
    exif = turned.getexif()
    exif[0x0112] = 6
    turned.save(folder / "noise" / "turned.jpg", exif=exif)
    (folder / "tiny").mkdir()
    for number in range(4):
        Image.fromarray(rng.integers(0, 90, (48, 48, 3), "uint8")).save(folder / "tiny" / f"{number}.png")
    return folder


@pytest.fixture(scope="session")
def diagnosis(messy):
    """The messy folder, examined."""
    return kerasft.diagnose(messy)
