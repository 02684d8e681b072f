"""PyTorch's weight files from before 1.6: read without PyTorch, and refused where they aren't what they should be."""

import io
import pickle
import pickletools
import struct
from pathlib import Path

import numpy as np
import pytest

from kerasft.networks import torch_state
from kerasft.networks.torch_state import TorchFileError, read_torch_state

FILE = Path(__file__).with_name("torch_1_5.pth")  # written by PyTorch itself: see efficientnet_lite_probes.py


class Pickled:
    """Pickles as a call of a name: what any pickle may ask for."""

    def __init__(self, name, *arguments):
        self.name, self.arguments = name, arguments


class Writer(pickle._Pickler):
    """Writes names of PyTorch without having it."""

    def persistent_id(self, value):
        return value[1] if isinstance(value, tuple) and value[:1] == ("persistent",) else None

    def save_pickled(self, value):
        self.save_name(value.name)
        self.save(value.arguments)
        self.write(pickle.REDUCE)

    def save_name(self, name):
        module, _, last = name.rpartition(".")
        self.write(pickle.GLOBAL + f"{module}\n{last}\n".encode())

    dispatch = {**pickle._Pickler.dispatch, Pickled: save_pickled}


class Name(str):
    """The name of a class, such as a storage's."""


Writer.dispatch[Name] = Writer.save_name


def pickled(value):
    stream = io.BytesIO()
    Writer(stream, 2).dump(value)
    return stream.getvalue()


def tensor(key="1", offset=0, shape=(2, 3), strides=(3, 1), length=6, kind="torch.FloatStorage", pid=None):
    pid = pid or ("storage", Name(kind), key, "cpu", length, None)
    return Pickled(
        "torch._utils._rebuild_tensor_v2", ("persistent", pid), offset, shape, strides, False, None
    )


START = [0x1950A86A20F9469CFC6C, 1001, {"little_endian": True, "protocol_version": 1001}]


def written(state, start=START):
    """Returns a file as PyTorch would write it, with one storage of six numbers."""
    numbers = struct.pack("<q", 6) + np.arange(6, dtype="<f4").tobytes()
    return b"".join(map(pickled, [*start, state, ["1"]])) + numbers


def test_a_file_of_pytorch_gives_its_arrays():
    arrays = read_torch_state(FILE.read_bytes())
    assert sorted(arrays) == [
        "0.bias", "0.weight", "1.bias", "1.num_batches_tracked", "1.running_mean", "1.running_var", "1.weight",
        "turned",
    ]  # fmt: skip
    np.testing.assert_array_equal(arrays["0.weight"][:, :, 0, 0], np.arange(6).reshape(2, 3).T)
    np.testing.assert_array_equal(arrays["turned"], np.arange(2, 12).reshape(2, 5).T)
    np.testing.assert_array_equal(arrays["1.running_var"], np.ones(3))
    assert arrays["1.num_batches_tracked"].dtype == np.int64 and arrays["1.num_batches_tracked"].shape == ()
    assert all(array.flags.owndata and array.flags.writeable for array in arrays.values())


def test_the_writer_of_these_tests_writes_what_is_read():
    np.testing.assert_array_equal(read_torch_state(written({"a": tensor()}))["a"], [[0, 1, 2], [3, 4, 5]])


@pytest.mark.parametrize(
    "name", ["os.system", "builtins.eval", "torch.load", "torch._utils._rebuild_parameter"]
)
def test_no_name_but_those_of_tensors_is_looked_up(name, tmp_path):
    content = written({"a": Pickled(name, f"touch {tmp_path}/made")})
    with pytest.raises(TorchFileError, match=f"it asks for '{name}'"):
        read_torch_state(content)
    assert not list(tmp_path.iterdir())


def test_a_name_that_may_be_looked_up_is_not_called_but_for_tensors():
    with pytest.raises(TorchFileError, match=r"damaged \(TypeError\)"):
        read_torch_state(written({"a": Pickled("torch.FloatStorage", 10**9)}))


@pytest.mark.parametrize(
    "step, content",
    [
        ("BINBYTES", b"\x80\x03B\xff\xff\xff\x7f"),
        ("INST", b"(ios\nsystem\n."),
        ("SHORT_BINUNICODE", b"\x80\x04\x8c\x02os\x8c\x06system\x93."),
        ("EXT1", b"\x80\x02\x82\x01."),
        ("BYTEARRAY8", b"\x80\x05\x96" + struct.pack("<q", 2**60) + b"."),
    ],
)
def test_steps_that_no_state_dict_has_are_refused_before_any_is_taken(step, content, monkeypatch):
    monkeypatch.setattr(torch_state._Unpickler, "load", lambda self: pytest.fail("taken"))
    with pytest.raises(TorchFileError, match=rf"a step of its pickles is {step}|damaged \(ValueError\)"):
        read_torch_state(content)


def test_a_place_far_out_in_pickles_memory_is_refused():
    """Eleven bytes would take 32 GB: pickle's memory is an array as long as its highest place."""
    with pytest.raises(TorchFileError, match="it leaves room for more than it has"):
        read_torch_state(b"\x80\x02]r\xff\xff\xff\x7f.")


@pytest.mark.parametrize(
    "state, message",
    [
        ({"a": tensor(offset=1)}, "lies outside its storage"),
        ({"a": tensor(strides=(4, 1))}, "lies outside its storage"),
        ({"a": tensor(shape=(0, 3))}, "lies outside its storage"),
        ({"a": tensor(strides=(-3, 1))}, "described in an unknown way"),
        ({"a": tensor(offset=-1)}, "described in an unknown way"),
        ({"a": tensor(shape=(2, 3, 1))}, "described in an unknown way"),
        ({"a": tensor(shape=("2", 3))}, "described in an unknown way"),
        ({"a": tensor(shape=[2, 3])}, "described in an unknown way"),
        ({"a": tensor(length=7)}, "another length than its tensors say"),
        ({"a": tensor(length=-1)}, "described in an unknown way"),
        ({"a": tensor(length=10**12)}, "another length than its tensors say"),
        ({"a": tensor(kind="torch.LongStorage")}, "cut short"),
        ({"a": tensor(pid=("storage",))}, "described in an unknown way"),
        ({"a": tensor(key="2")}, "other storages than its tensors use"),
        ({"a": tensor(shape=(10**6, 10**6), strides=(0, 0))}, "larger than the file"),
        ({str(n): tensor(shape=(100, 6), strides=(0, 1)) for n in range(9)}, "larger than the file"),
        ({"a": [1]}, "something else than named tensors"),
        ({1: tensor()}, "something else than named tensors"),
        ({}, "no state dict"),
        ([], "no state dict"),
    ],
)
def test_tensors_that_can_not_be_are_refused(state, message):
    with pytest.raises(TorchFileError, match=message):
        read_torch_state(written(state))


@pytest.mark.parametrize(
    "start, message",
    [
        ([1, *START[1:]], "of another format"),
        ([START[0], 1002, START[2]], "of another format"),
        ([*START[:2], {"little_endian": False}], "not little-endian"),
        ([*START[:2], [1]], "not little-endian"),
    ],
)
def test_another_beginning_is_refused(start, message):
    with pytest.raises(TorchFileError, match=message):
        read_torch_state(written({"a": tensor()}, start=start))


def test_a_file_that_is_cut_anywhere_or_goes_on_is_refused():
    whole = written({"a": tensor()})
    for length in range(len(whole)):
        with pytest.raises(TorchFileError):
            read_torch_state(whole[:length])
    with pytest.raises(TorchFileError, match="goes on after its end"):
        read_torch_state(whole + b"\0")


def test_the_steps_are_those_that_pytorch_writes():
    stream = io.BytesIO(FILE.read_bytes())
    used = {step.name for _ in range(5) for step, _, _ in pickletools.genops(stream)}
    assert used <= torch_state._STEPS and len(torch_state._STEPS) < 32
