"""A .tflite of kilobytes that declares tensors of gigabytes is refused before LiteRT makes them."""

import struct

import pytest

from kerasft.errors import InputError
from kerasft.predictors import open_interpreter
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
