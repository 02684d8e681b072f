"""A .tflite that would end LiteRT, or ask it for gigabytes, is refused before LiteRT reads it."""

import struct

import pytest

from kerasft.base.errors import InputError
from kerasft.formats.litert import SUBGRAPHS, open_interpreter
from tests.fuzz.targets import TARGETS


def test_tensors_of_gigabytes_are_refused(tmp_path):
    (content,) = TARGETS["model in a .tflite"].seeds()
    path, shape = tmp_path / "a.tflite", struct.pack("<5i", 4, 1, 4, 4, 3)
    assert content.count(shape) >= 1
    path.write_bytes(content)
    open_interpreter(path, 1)
    path.write_bytes(content.replace(shape, struct.pack("<5i", 4, 25_000_000, 4, 4, 3)))
    with pytest.raises(InputError, match=r"asks for 4\.8 GB of tensors"):
        open_interpreter(path, 1)


def test_a_model_without_a_graph_is_refused(tmp_path):
    """LiteRT ends the process."""
    (content,) = TARGETS["model in a .tflite"].seeds()
    (root,) = struct.unpack_from("<I", content)
    vtable = root - struct.unpack_from("<i", content, root)[0]
    path, damaged = tmp_path / "a.tflite", bytearray(content)
    damaged[vtable + SUBGRAPHS : vtable + SUBGRAPHS + 2] = b"\0\0"
    path.write_bytes(damaged)
    with pytest.raises(InputError, match="the .tflite file holds no graph"):
        open_interpreter(path, 1)
    for bad in (content[:8], content[:8] + b"\xff" * 8, b"\xff" * 4 + content[4:]):
        path.write_bytes(bad)
        with pytest.raises(InputError, match="LiteRT can't load the .tflite file"):
            open_interpreter(path, 1)
