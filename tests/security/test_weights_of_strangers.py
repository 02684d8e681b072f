"""Weights files in HDF5, as Keras writes them, from somebody: plain arrays of the model's shapes, or nothing."""

import pickle
import random
import zlib
from concurrent.futures import ThreadPoolExecutor

import h5py
import keras
import numpy as np
import pytest

from kerasft.base.errors import InputError, UnsafeFileError
from kerasft.networks import hdf5
from kerasft.networks.budget import drawing_only_if, weight_budget
from kerasft.networks.weights import WeightsMismatch, load_weights_file


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


def packed(file, name, shape, chunk, content, compression="gzip", **options):
    """An array whose one chunk holds `content`, whatever its size."""
    limits = (None,) * len(shape)
    array = file.create_dataset(
        name, shape, "f4", maxshape=limits, chunks=chunk, compression=compression, **options
    )
    array.id.write_direct_chunk((0,) * len(shape), content)


def large_chunk(file, name, array, tmp_path):
    """HDF5 unpacks whole chunks."""
    packed(file, name, array.shape, (1 << 16, *array.shape[1:]), zlib.compress(bytes(1 << 24)))


def chunk_that_unpacks_to_more(file, name, array, tmp_path):
    """Its deflate filter makes room for all that comes out."""
    packed(file, name, array.shape, array.shape, zlib.compress(array.tobytes() + bytes(1 << 24)))


def shuffled_chunk_that_unpacks_to_more(file, name, array, tmp_path):
    packed(
        file, name, array.shape, array.shape, zlib.compress(array.tobytes() + bytes(1 << 24)), shuffle=True
    )


def chunk_with_a_checksum_that_unpacks_to_more(file, name, array, tmp_path):
    content = zlib.compress(array.tobytes() + bytes(1 << 24))
    packed(file, name, array.shape, array.shape, content, fletcher32=True)


def chunk_that_is_cut_short(file, name, array, tmp_path):
    packed(file, name, array.shape, array.shape, zlib.compress(array.tobytes())[:-9])


def chunk_that_is_larger_as_it_is(file, name, array, tmp_path):
    packed(file, name, array.shape, array.shape, array.tobytes() * 9, None)


def attribute_of_one_text_many_times(file, name, array, tmp_path):
    """Its elements may all lead to the same gigabyte; here each has a long one of its own."""
    file[name] = array
    file.attrs["layer_names"] = np.array(["x" * 99_999] * 9, h5py.string_dtype())


def attribute_of_many_texts(file, name, array, tmp_path):
    file[name] = array
    group = file.create_group("more", track_order=True)
    group.attrs["layer_names"] = np.array(["x"] * 20_001, h5py.string_dtype())


def attribute_of_a_reference(file, name, array, tmp_path):
    file[name] = array
    file[name].attrs["see"] = file[name].ref


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
    large_chunk: "has chunks of [0-9]+ bytes, and is an array of",
    chunk_that_unpacks_to_more: "has a chunk that doesn't unpack to [0-9]+ bytes",
    shuffled_chunk_that_unpacks_to_more: "has a chunk that doesn't unpack to [0-9]+ bytes",
    chunk_with_a_checksum_that_unpacks_to_more: "has a chunk that doesn't unpack to [0-9]+ bytes",
    chunk_that_is_cut_short: "has a chunk that doesn't unpack to [0-9]+ bytes",
    chunk_that_is_larger_as_it_is: "has a chunk that doesn't unpack to [0-9]+ bytes",
    attribute_of_one_text_many_times: "it holds texts of [0-9]+ bytes",
    attribute_of_many_texts: "has an attribute that is no list of numbers or names",
    attribute_of_a_reference: "has an attribute that is no list of numbers or names",
}
OTHER_SHAPES = (bomb, larger, missing, extra)


@pytest.fixture(scope="module")
def model():
    image = keras.Input((8, 8, 3))
    return keras.Model(image, keras.layers.Dense(2)(keras.layers.Conv2D(4, 3, use_bias=False)(image)))


@pytest.fixture
def load(model, tmp_path, canary, monkeypatch):
    """Loads a weights file of the model after a trick was played on it: nothing of it may reach Keras."""

    def load(trick):
        path = tmp_path / "a.weights.h5"
        model.save_weights(path)
        with h5py.File(path, "a") as file:
            name, array = first_array(file)
            del file[name]
            trick(file, name, array, tmp_path)
        monkeypatch.setattr("keras.Model.load_weights", lambda *arguments: pytest.fail("Keras opened it"))
        load_weights_file(model, path)

    return load


@pytest.mark.parametrize("trick, message", TRICKS.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_anything_but_plain_arrays_is_refused(trick, message, load):
    with pytest.raises(InputError, match=f"the weights file can't be read: .*{message}"):
        load(trick)


@pytest.mark.parametrize("trick", OTHER_SHAPES, ids=lambda trick: trick.__name__)
def test_other_arrays_than_the_model_has_are_refused_before_one_is_read(trick, load):
    with pytest.raises(WeightsMismatch, match="(lacks|holds) 1 weights"):
        load(trick)


@pytest.mark.parametrize("options", [{}, {"compression": "gzip"}, {"compression": "gzip", "shuffle": True},
                                     {"compression": "gzip", "shuffle": True, "fletcher32": True},
                                     {"fletcher32": True}, {"chunks": (2, 2), "compression": "gzip"}])  # fmt: skip
def test_arrays_that_are_packed_as_h5py_packs_them_are_read(options, tmp_path):
    values = np.random.default_rng(0).integers(0, 9, (300, 7)).astype("float32")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("a", data=values, **options)
        file.create_dataset("never written", (300, 7), "f4", chunks=(10, 7), compression="gzip")
        file.attrs["layer_names"] = [b"one", b"another"]
        file.attrs["backend"] = "tensorflow"
    assert hdf5.read_shapes(tmp_path / "a.h5") == {"a": (300, 7), "never written": (300, 7)}


def test_a_file_of_a_hundred_thousand_groups_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(hdf5, "MOST_OBJECTS", 50)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for number in range(60):
            file.create_group(str(number))
    with pytest.raises(UnsafeFileError, match="is one of more than 50 objects"):
        hdf5.read_shapes(tmp_path / "a.h5")


def test_the_budget_stops_a_model_before_it_is_in_memory():
    inputs = keras.Input((1_000_000,))
    what = "asks for more than the 1000 weights that the file can hold"
    with pytest.raises(UnsafeFileError, match=what), weight_budget(1000):
        keras.layers.Dense(9)(inputs[:, :9])
        keras.layers.Dense(1_000_000)(inputs)
    keras.layers.Dense(9).build((None, 200))  # the budget is over


def test_a_budget_holds_for_its_own_thread_and_changes_no_value():
    def build():
        random.seed(3)
        layers = keras.layers.Conv2D(4, 3), keras.layers.BatchNormalization(), keras.layers.Dropout(0.5)
        return keras.Sequential([keras.Input((8, 8, 3)), *layers, keras.layers.Dense(3)])

    plain = build()
    with weight_budget(sum(map(np.size, plain.get_weights())) + 2), ThreadPoolExecutor(1) as other:
        limited = build()
        with pytest.raises(RuntimeError, match="can't be given a value inside a weight budget"):
            limited.set_weights(plain.get_weights())
        other.submit(keras.layers.Dense(9).build, (None, 2000)).result()
    for mine, theirs in zip(limited.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    images = np.ones((2, 8, 8, 3), "float32")
    np.testing.assert_array_equal(limited(images), plain(images))
    with drawing_only_if(False):
        blank = build()
    for mine, theirs in zip(blank.variables, plain.variables, strict=True):
        if mine.path.endswith("/kernel"):
            assert not np.any(mine)
        else:
            np.testing.assert_array_equal(mine, theirs)
    blank.set_weights(plain.get_weights())
    np.testing.assert_array_equal(blank(images), plain(images))
