"""Images of all formats that are small as files and large as pixels; run in a process of its own, prints MB for each.

Each is decoded in a fork: what it takes is its peak beside what the process had before.
"""

import io
import json
import os

from PIL import Image

from kerasft.benchmarking.worker import memory
from kerasft.inputs.images.decode import BrokenImageError, decode_image
from tests.data.test_containers import BOMBS, scans

SIDE = 4000
WAYS = {
    "PNG": ("RGB", "PNG", {}),
    "PNG with transparency": ("RGBA", "PNG", {}),
    "PNG of 16 bits": ("I;16", "PNG", {}),
    "GIF": ("P", "GIF", {}),
    "WebP": ("RGB", "WEBP", {"quality": 1, "method": 0}),
    "WebP, lossless with transparency": ("RGBA", "WEBP", {"lossless": True, "method": 0, "quality": 0}),
    "AVIF": ("RGB", "AVIF", {"quality": 1, "speed": 10}),
    "AVIF, all colours": ("RGB", "AVIF", {"quality": 1, "speed": 10, "subsampling": "4:4:4"}),
    "TIFF of one strip": ("RGB", "TIFF", {"compression": "tiff_adobe_deflate", "strip_size": 1 << 31}),
    "TIFF, CMYK": ("CMYK", "TIFF", {"compression": "tiff_lzw"}),
    "JPEG, progressive": ("RGB", "JPEG", {"progressive": True}),
    "JPEG, CMYK": ("CMYK", "JPEG", {"progressive": True}),
}


def file_of(mode: str, kind: str, options: dict) -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, (SIDE, SIDE)).save(buffer, kind, **options)
    return buffer.getvalue()


def peak(content: bytes) -> tuple[float, str]:
    """Returns the MB that decoding takes, and how it ended."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        before = memory("VmRSS")
        try:
            end = str(decode_image(content).shape)
        except BrokenImageError:
            end = "refused"
        os.write(writer, json.dumps((memory("VmHWM") - before, end)).encode())
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    return tuple(json.loads(os.read(reader, 1000)))


if __name__ == "__main__":
    found = {name: peak(file_of(*way)) for name, way in WAYS.items()}
    found["JPEG of many scans"] = peak(scans(30, SIDE))
    bombs = {name: peak(make()) for name, (make, _) in BOMBS.items()}
    print(json.dumps([found, bombs]))
