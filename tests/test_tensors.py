"""Arrays in safetensors files: the same back, with the rights that files get here."""

import errno

import ml_dtypes
import numpy as np
import pytest
import safetensors.numpy

from kerasft.base.specs import Spec
from kerasft.base.tensors import OtherTensorsError, read_tensors, write_tensors

DTYPES = (
    "float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint64", "uint32", "uint16",
    "uint8", "bool",
)  # fmt: skip


def dtype(name):
    return np.dtype(ml_dtypes.bfloat16 if name == "bfloat16" else name)


@pytest.mark.parametrize("name", DTYPES)
def test_arrays_come_back_as_they_were(name, tmp_path):
    arrays = {"a/b": np.arange(6).reshape(2, 3).astype(dtype(name)), "one (2)": np.ones((), dtype(name))}
    write_tensors(tmp_path / "a", arrays)
    found = dict(read_tensors(tmp_path / "a", {key: Spec(each.shape, name) for key, each in arrays.items()}))
    assert found.keys() == arrays.keys()
    for key, array in arrays.items():
        assert found[key].dtype == array.dtype and found[key].tobytes() == array.tobytes()
    other = "int8" if name == "uint8" else "uint8"
    with pytest.raises(OtherTensorsError, match="holds 2 other arrays .a/b: "):
        next(read_tensors(tmp_path / "a", {key: Spec(each.shape, other) for key, each in arrays.items()}))


def test_the_same_arrays_are_the_same_bytes(tmp_path):
    arrays = {str(number): np.full(3, number, "f4") for number in range(20)}
    write_tensors(tmp_path / "a", arrays)
    write_tensors(tmp_path / "b", dict(reversed(arrays.items())))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_who_may_read_other_files_may_read_these(tmp_path):
    (tmp_path / "a").touch()
    write_tensors(tmp_path / "b", {"a": np.zeros(3)})
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "b").stat().st_mode


def test_what_differs_is_told_with_examples(tmp_path):
    write_tensors(tmp_path / "a", {name: np.zeros(2, "f4") for name in "abcdefg"})
    with pytest.raises(OtherTensorsError) as raised:
        next(read_tensors(tmp_path / "a", {"a": Spec((3,), "float32"), "x": Spec((), "float32")}))
    said = "holds 8 other arrays (a: F32 [2], not F32 [3], b: F32 [2], not known, c: F32 [2], not known)"
    assert str(raised.value) == said


def test_a_full_disk_is_an_error_that_says_so(tmp_path, monkeypatch):
    def full(arrays, path, header):
        raise safetensors.SafetensorError(
            "Error while serializing: I/O error: No space left on device (os error 28)"
        )

    monkeypatch.setattr(safetensors.numpy, "save_file", full)
    with pytest.raises(OSError, match="No space left") as raised:
        write_tensors(tmp_path / "a", {"weight/0": np.zeros(3)})
    assert raised.value.errno == errno.ENOSPC and raised.value.filename == str(tmp_path / "a")


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_tensors(tmp_path / "none" / "a", {"a": np.zeros(3)})
