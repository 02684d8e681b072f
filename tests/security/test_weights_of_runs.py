"""Weights in a run that somebody handed in, with the right hash: exactly the model's arrays, or nothing."""

import json
import pickle
import tracemalloc

import numpy as np
import pytest
from safetensors.numpy import load_file, save

from kerasft.base.errors import InputError
from kerasft.runs.run import Run

WEIGHTS = "best.weights.safetensors"


def parts(content):
    """The header of a file, and its arrays."""
    length = int.from_bytes(content[:8], "little")
    return json.loads(content[8 : 8 + length]), content[8 + length :]


def joined(header, arrays):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + arrays


def in_header(change):
    """A file whose header was changed: `change(header, first, second)`, both the names of arrays."""

    def changed(content):
        header, arrays = parts(content)
        change(header, *[name for name in header if name != "__metadata__"][:2])
        return joined(header, arrays)

    return changed


def in_arrays(change):
    """A file of other arrays: `change(arrays, name)` of all, and the name of one of ten or more numbers."""

    def changed(content, tmp_path):
        (tmp_path / "a").write_bytes(content)
        arrays = load_file(tmp_path / "a")
        change(arrays, next(name for name, array in arrays.items() if array.size > 9))
        return save(arrays)

    return changed


def overlap(header, first, second):
    header[second]["data_offsets"] = header[first]["data_offsets"]


def behind_the_end(header, first, second):
    header[first]["data_offsets"] = [1 << 40, (1 << 40) + 4]


def negative(header, first, second):
    header[first]["shape"] = [-1]


def terabytes(header, first, second):
    header[first]["shape"] = [1 << 20, 1 << 20]


def overflow(header, first, second):
    header[first]["shape"] = [1 << 62, 1 << 62]


def unknown_type(header, first, second):
    header[first]["dtype"] = "PICKLE"


def gap(content):
    header, arrays = parts(content)
    for about in header.values():
        about["data_offsets"] = [place + 8 for place in about["data_offsets"]]
    return joined(header, bytes(8) + arrays)


def long_header(content):
    header, arrays = parts(content)
    return joined({**header, "__metadata__": {"x": "y" * 1_000_000}}, arrays)


def many_arrays(content):
    header, arrays = parts(content)
    nothing = {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}
    return joined({**{str(number): nothing for number in range(20_000)}, **header}, arrays)


DAMAGED = {
    "overlap": in_header(overlap),
    "behind the end": in_header(behind_the_end),
    "negative": in_header(negative),
    "terabytes": in_header(terabytes),
    "overflow": in_header(overflow),
    "unknown type": in_header(unknown_type),
    "gap": gap,
    "long header": long_header,
    "many arrays": many_arrays,
    "nested header": lambda content: joined(b"[" * 5000, b""),
    "length of a header that is not there": lambda content: b"\xff" * 7 + content[7:],
    "cut": lambda content: content[: len(content) // 2],
    "longer": lambda content: content + b"more",
    "empty": lambda content: b"",
    "text": lambda content: b"hello",
    "pickle": lambda content: pickle.dumps(print),
    "ZIP": lambda content: b"PK\x03\x04" + bytes(99),
    "HDF5": lambda content: b"\x89HDF\r\n\x1a\n" + bytes(99),
}
OTHERS = {
    "missing": (lambda arrays, name: arrays.pop(name), "holds 1 other arrays .*: missing, not F32"),
    "extra": (
        lambda arrays, name: arrays.update(more=np.zeros(3, "f4")),
        r"holds 1 other arrays \(more: F32 .3., not known",
    ),
    "renamed": (
        lambda arrays, name: arrays.update(more=arrays.pop(name)),
        "holds 2 other arrays",
    ),
    "larger": (lambda arrays, name: arrays.update({name: np.zeros(10**6, "f4")}), "holds 1 other arrays"),
    "another order": (
        lambda arrays, name: arrays.update({name: arrays[name].reshape(-1)}),
        "holds 1 other arrays",
    ),
    "double": (
        lambda arrays, name: arrays.update({name: arrays[name].astype("f8")}),
        "holds 1 other arrays .*: F64 .*, not F32",
    ),
    "integers": (
        lambda arrays, name: arrays.update({name: arrays[name].view("i4")}),
        "holds 1 other arrays .*: I32 .*, not F32",
    ),
}


@pytest.fixture(scope="module")
def as_built(run):
    """The model of the shared run. It takes no weights here."""
    return run.load_model()


@pytest.fixture
def load(handed_in, rehash, as_built, monkeypatch):
    """Loads a run with other weights, into a model that is built once; nothing of them may reach it."""
    monkeypatch.setattr("kerasft.runs.run.assemble", lambda *arguments, **options: as_built)
    before = as_built.get_weights()

    def load(content):
        (handed_in / WEIGHTS).write_bytes(content)
        tracemalloc.start()
        try:
            Run.open(rehash(handed_in)).load_model()
        finally:
            most = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            assert most < 30_000_000
            assert all(map(np.array_equal, as_built.get_weights(), before))

    return load


@pytest.mark.parametrize("change", DAMAGED.values(), ids=DAMAGED)
def test_damaged_files_and_others_are_refused(change, load, run):
    with pytest.raises(
        InputError, match="the run's weights are not safe to load: its header has|a whole safetensors"
    ):
        load(change((run.run_dir / WEIGHTS).read_bytes()))


@pytest.mark.parametrize("change, message", OTHERS.values(), ids=OTHERS)
def test_other_arrays_than_the_models_are_refused_before_one_is_taken(change, message, load, run, tmp_path):
    with pytest.raises(
        InputError, match=f"not the one that was trained: {WEIGHTS} {message}.*; install the versions"
    ):
        load(in_arrays(change)((run.run_dir / WEIGHTS).read_bytes(), tmp_path))


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e30])
def test_other_values_give_another_output_than_the_recorded_one(value, run, handed_in, rehash, tmp_path):
    content = in_arrays(lambda arrays, name: arrays[name].fill(value))(
        (run.run_dir / WEIGHTS).read_bytes(), tmp_path
    )
    (handed_in / WEIGHTS).write_bytes(content)
    with pytest.raises(InputError, match="not the one that was trained"):
        Run.open(rehash(handed_in)).load_model()
