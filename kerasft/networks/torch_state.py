"""State dicts of PyTorch in its format from before 1.6, read without PyTorch.

Such a file is five pickles (a magic number, a version, facts of the system, the state dict, the keys of its storages),
then each storage: its length, and its numbers. A pickle is a program, and may name any function of the computer; so
its steps are looked at before one is taken (those that describe tensors are few), and the only names it can call
are four of ours.
"""

from __future__ import annotations

import collections
import io
import math
import pickle
import pickletools
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np

_MAGIC, _PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
_DTYPES: dict[str, np.dtype] = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}
_STEPS = frozenset(
    """PROTO STOP MARK GLOBAL REDUCE BUILD BINPERSID BINUNICODE NONE NEWTRUE NEWFALSE BININT BININT1 BININT2 LONG1
    EMPTY_DICT SETITEM SETITEMS EMPTY_LIST APPEND APPENDS EMPTY_TUPLE TUPLE TUPLE1 TUPLE2 TUPLE3
    BINPUT LONG_BINPUT BINGET LONG_BINGET""".split()
)


class TorchFileError(ValueError):
    """The bytes are no state dict in this format; the text says what is wrong."""


@dataclass(frozen=True)
class _Storage:
    key: str
    kind: str
    length: int


@dataclass(frozen=True)
class _Tensor:
    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class _Name(str):
    """Stands for a class of PyTorch; it can't be called."""


def read_torch_state(content: bytes) -> dict[str, np.ndarray]:
    """Returns the arrays of a state dict by name, float32 or int64.

    No code of the file runs, and the arrays together are no larger than the file.

    Raises:
        TorchFileError: It is of another format, damaged, or asks for what no state dict needs.
    """
    stream = io.BytesIO(content)
    _require(_unpickled(stream) == _MAGIC and _unpickled(stream) == _PROTOCOL, "it is of another format")
    system = _unpickled(stream)
    _require(type(system) is dict and system.get("little_endian") is True, "it is not little-endian")
    tensors = _tensors(_unpickled(stream))
    values = _values(stream, _unpickled(stream), tensors)
    _require(not stream.read(1), "it goes on after its end")
    total = sum(math.prod(each.shape) * _DTYPES[each.storage.kind].itemsize for each in tensors.values())
    _require(total <= len(content), "its tensors are larger than the file")
    return {name: _array(values[each.storage.key], each) for name, each in tensors.items()}


def _require(right: bool, otherwise: str) -> None:
    if not right:
        raise TorchFileError(otherwise)


def _unpickled(stream: BinaryIO) -> Any:
    """Returns the next pickle's value, once all of its steps are known ones."""
    start = stream.tell()
    try:
        for count, (step, argument, _) in enumerate(pickletools.genops(stream)):
            _require(step.name in _STEPS, f"a step of its pickles is {step.name}")
            place = int(argument or 0) if step.name.endswith("PUT") else 0
            # pickle's memory is a plain array, as long as its highest place
            _require(place <= count, "it leaves room for more than it has")
        stream.seek(start)
        return _Unpickler(stream).load()
    except TorchFileError:
        raise
    except Exception as error:  # of damaged bytes, pickle raises nearly anything
        raise TorchFileError(f"its pickles are damaged ({type(error).__name__})") from error


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        try:
            return _NAMES[module, name]
        except KeyError:
            raise TorchFileError(f"it asks for {f'{module}.{name}'!r:.80}") from None

    def persistent_load(self, pid: Any) -> _Storage:
        _require(type(pid) is tuple and len(pid) == 6, "a storage is described in an unknown way")
        storage, kind, key, _, length, view = pid
        plain = type(kind) is _Name and type(key) is str and type(length) is int and length > 0
        _require(plain and storage == "storage" and view is None, "a storage is described in an unknown way")
        return _Storage(key, str(kind), length)


def _rebuilt(storage: Any, offset: Any, shape: Any, strides: Any, *_: Any) -> _Tensor:
    """In the place of `torch._utils._rebuild_tensor_v2`; what is given here is looked at once all is read."""
    return _Tensor(storage, offset, shape, strides)


_NAMES: dict[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): collections.OrderedDict,
    ("torch._utils", "_rebuild_tensor_v2"): _rebuilt,
    **{("torch", kind): _Name(kind) for kind in _DTYPES},
}


def _tensors(state: Any) -> dict[str, _Tensor]:
    _require(isinstance(state, dict) and len(state) > 0, "it holds no state dict")
    for name, each in state.items():
        _require(type(name) is str and type(each) is _Tensor, "it holds something else than named tensors")
        _require(_is_plain(each), "a tensor is described in an unknown way")
    return dict(state)


def _is_plain(tensor: _Tensor) -> bool:
    """Whether a tensor is described by lists of lengths and steps, none of them negative."""
    shape, strides = tensor.shape, tensor.strides
    if type(tensor.storage) is not _Storage or type(shape) is not tuple or type(strides) is not tuple:
        return False
    numbers = (tensor.offset, *shape, *strides)
    return len(shape) == len(strides) <= 8 and all(
        type(each) is int and 0 <= each < 2**40 for each in numbers
    )


def _values(stream: BinaryIO, keys: Any, tensors: dict[str, _Tensor]) -> dict[str, np.ndarray]:
    """Returns the numbers of each storage by its key; they follow the pickles in the order of `keys`."""
    storages = {each.storage.key: each.storage for each in tensors.values()}
    known = type(keys) is list and len(keys) == len(storages) and all(type(key) is str for key in keys)
    _require(known and set(keys) == set(storages), "it lists other storages than its tensors use")
    return {key: _storage(stream, storages[key]) for key in keys}


def _storage(stream: BinaryIO, storage: _Storage) -> np.ndarray:
    length = int.from_bytes(stream.read(8), "little")
    _require(length == storage.length, "a storage has another length than its tensors say")
    dtype = _DTYPES[storage.kind]
    data = stream.read(length * dtype.itemsize)
    _require(len(data) == length * dtype.itemsize, "it is cut short")
    return np.frombuffer(data, dtype)


def _array(data: np.ndarray, tensor: _Tensor) -> np.ndarray:
    """Copies a tensor out of its storage, where its axes may lie in any order."""
    last = tensor.offset + sum(
        (length - 1) * step for length, step in zip(tensor.shape, tensor.strides, strict=True)
    )
    _require(0 not in tensor.shape and last < data.size, "a tensor lies outside its storage")
    strides = [step * data.itemsize for step in tensor.strides]
    return np.lib.stride_tricks.as_strided(
        data[tensor.offset :], tensor.shape, strides, writeable=False
    ).copy()
