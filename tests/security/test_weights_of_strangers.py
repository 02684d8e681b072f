"""Weights in a run that somebody handed in, with the right hash: plain arrays of the model's shapes, or nothing."""

import pickle

import h5py
import numpy as np
import pytest

from kerasft.backbones import hdf5
from kerasft.errors import InputError
from kerasft.run import Run

ARRAY = "layers/functional/layers/conv2d/vars/0"


def first_array(file):
    """The path and the array of the first convolution's kernel."""
    found = []
    file.visititems(lambda name, item: found.append(name) if isinstance(item, h5py.Dataset) else None)
    name = next(name for name in found if file[name].ndim == 4)
    return name, file[name][()]


def external_link(file, name, array, tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["secret"] = array
    file[name] = h5py.ExternalLink(str(tmp_path / "other.h5"), "/secret")


def soft_link(file, name, array, tmp_path):
    file["elsewhere"] = array
    file[name] = h5py.SoftLink("/elsewhere")


def external_data(file, name, array, tmp_path):
    (tmp_path / "raw.bin").write_bytes(array.tobytes())
    raw = [(str(tmp_path / "raw.bin"), 0, h5py.h5f.UNLIMITED)]
    file.create_dataset(name, array.shape, array.dtype, external=raw)


def virtual_data(file, name, array, tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["secret"] = array
    layout = h5py.VirtualLayout(array.shape, array.dtype)
    layout[...] = h5py.VirtualSource(tmp_path / "other.h5", "secret", array.shape)
    file.create_virtual_dataset(name, layout)


def bomb(file, name, array, tmp_path):
    file.create_dataset(name, (1 << 20, 1 << 20), "float32", chunks=True, compression="gzip")


def larger(file, name, array, tmp_path):
    file[name] = np.concatenate([array, array])


def texts(file, name, array, tmp_path):
    file.create_dataset(name, array.shape, h5py.string_dtype())


def pickled(file, name, array, tmp_path):
    content = np.frombuffer(pickle.dumps(print), "uint8")
    dataset = file.create_dataset(name, (len(content),), h5py.special_dtype(vlen=np.uint8))
    dataset[0] = content


def records(file, name, array, tmp_path):
    file.create_dataset(name, array.shape, [("a", "f4"), ("b", "f4")])


def references(file, name, array, tmp_path):
    file.create_dataset(name, array.shape, h5py.ref_dtype)


def nothing(file, name, array, tmp_path):
    file.create_dataset(name, data=h5py.Empty("f"))


def named_type(file, name, array, tmp_path):
    file[name] = np.dtype("f4")


def plug_in(file, name, array, tmp_path):
    file.create_dataset(name, array.shape, "f4", chunks=array.shape, scaleoffset=3)


def missing(file, name, array, tmp_path):
    pass


def extra(file, name, array, tmp_path):
    file[name] = array
    file["layers/one_more/vars/0"] = np.zeros(3, "float32")


def circle(file, name, array, tmp_path):
    file[name] = array
    file["layers/again"] = file["layers"]


def twice(file, name, array, tmp_path):
    file[name] = array
    file[f"{name[:-1]}1"] = file[name]


def deep(file, name, array, tmp_path):
    file[name] = array
    group = file
    for _ in range(600):
        group = group.create_group("g")


def generator(file, name, array, tmp_path):
    file[name] = array
    file.create_dataset("layers/dropout/seed_generator/vars/0", (1 << 30, 1 << 10), "uint32", chunks=True)


TRICKS = {
    external_link: "is a link, which may point to another file",
    soft_link: "is a link, which may point to another file",
    external_data: "is stored in another file",
    virtual_data: "is stored in another file",
    texts: "is no array of numbers",
    pickled: "is no array of numbers",
    records: "is no array of numbers",
    references: "is no array of numbers",
    nothing: "is no array of numbers",
    named_type: "is neither a group nor an array",
    plug_in: "is packed by a plug-in",
    circle: "is in the file under two names",
    twice: "is in the file under two names",
    deep: "is nested too deeply",
    generator: "is too large for a generator's state",
}
OTHER_SHAPES = (bomb, larger, missing, extra)


@pytest.fixture
def tampered(handed_in, rehash, tmp_path):
    def tampered(trick):
        with h5py.File(handed_in / "best.weights.h5", "a") as file:
            name, array = first_array(file)
            del file[name]
            trick(file, name, array, tmp_path)
        return rehash(handed_in)

    return tampered


@pytest.mark.parametrize("trick, message", TRICKS.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_anything_but_plain_arrays_is_refused(trick, message, tampered, canary, monkeypatch):
    folder = tampered(trick)
    monkeypatch.setattr("keras.Model.load_weights", lambda *arguments: pytest.fail("Keras opened it"))
    with pytest.raises(InputError, match=f"weights are not safe to load: .*{message}.*get it again"):
        Run.open(folder).load_model()


@pytest.mark.parametrize("trick", OTHER_SHAPES, ids=lambda trick: trick.__name__)
def test_other_arrays_than_the_model_has_are_refused_before_one_is_read(trick, tampered, canary, monkeypatch):
    folder = tampered(trick)
    monkeypatch.setattr("keras.Model.load_weights", lambda *arguments: pytest.fail("Keras opened it"))
    with pytest.raises(InputError, match="the model that is built now is not the one that was trained"):
        Run.open(folder).load_model()


@pytest.mark.parametrize(
    "content", [b"", b"hello", pickle.dumps(print), b"PK\x03\x04", b"\x89HDF\r\n\x1a\n" + bytes(99)]
)
def test_other_files_under_the_name_of_the_weights_are_refused(content, handed_in, rehash):
    (handed_in / "best.weights.h5").write_bytes(content)
    with pytest.raises(InputError, match="not the one that was trained|not safe to load"):
        Run.open(rehash(handed_in)).load_model()


def test_a_file_of_a_hundred_thousand_groups_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(hdf5, "MOST_OBJECTS", 50)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for number in range(60):
            file.create_group(str(number))
    with pytest.raises(hdf5.UnsafeFileError, match="is one of more than 50 objects"):
        hdf5.read_shapes(tmp_path / "a.h5")


def test_the_budget_stops_a_model_before_it_is_in_memory():
    import keras

    before = keras.layers.Layer.add_weight
    inputs = keras.Input((1_000_000,))
    with pytest.raises(
        hdf5.UnsafeFileError, match="asks for more than the 1000 weights that the file can hold"
    ):
        with hdf5.weight_budget(1000):
            keras.layers.Dense(9)(inputs[:, :9])
            keras.layers.Dense(1_000_000)(inputs)
    assert keras.layers.Layer.add_weight is before
