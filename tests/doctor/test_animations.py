"""What doctor tells of files with several frames, without going through all of them."""

import io

import pytest
from PIL import GifImagePlugin, Image

from kerasft.inputs.images.headers import header_findings, read_header

FRAMES = [Image.new("RGB", (8, 8), (40 * number, 0, 0)) for number in range(5)]


def encoded(kind, frames):
    buffer = io.BytesIO()
    frames[0].save(buffer, kind, save_all=True, append_images=frames[1:])
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "TIFF"])
def test_several_frames_are_told(kind):
    header = read_header(encoded(kind, FRAMES))
    assert header.animated and not read_header(encoded(kind, FRAMES[:1])).animated
    found = str(header_findings([("a", header)], 8)[0])
    assert "the first of several frames" in found


def test_the_frames_of_a_gif_are_not_counted(monkeypatch):
    def count(self):
        raise AssertionError("it goes through a file of millions of frames")

    monkeypatch.setattr(GifImagePlugin.GifImageFile, "n_frames", property(count))
    assert read_header(encoded("GIF", FRAMES)).animated
