"""Traps 18 and 23: weights files of each format, loaded whole or refused, with nothing run or read elsewhere."""

import io
import json
import zipfile

import h5py
import keras
import numpy as np
import pytest
from keras import layers

from kerasft.base.errors import InputError
from kerasft.networks.weights import WeightsMismatch, load_weights_file
from tests.seeds import draw_from


def make(seed=0, extra=False, filters=4, top=None):
    draw_from(seed)
    image = keras.Input((8, 8, 3))
    x = layers.Conv2D(filters, 3, name="conv")(image)
    x = layers.BatchNormalization(name="bn")(x)
    x = layers.Dropout(0.5)(x)
    stem = keras.Sequential(
        [layers.Conv2D(4, 1, name="inner"), layers.LayerNormalization(name="norm")], name="stem"
    )
    x = stem(x)
    if extra:
        x = layers.Conv2D(6, 1, name="extra")(x)
    if top:
        x = layers.Dense(top, name="top")(layers.GlobalAveragePooling2D()(x))
    return keras.Model(image, x)


def values(model):
    return [np.asarray(weight).copy() for weight in model.weights]


def write_legacy(model, path, whole=False):
    from keras.src.legacy.saving.legacy_h5_format import save_weights_to_hdf5_group

    with h5py.File(path, "w") as file:
        if whole:
            file.attrs["model_config"] = json.dumps({"class_name": "Evil", "config": {}})
            file.create_group("optimizer_weights").create_dataset("step", data=3)
        save_weights_to_hdf5_group(file.create_group("model_weights") if whole else file, model)
    return path


def compiled(model):
    model.compile("adam", "mse")
    images = np.zeros((2, 8, 8, 3), "float32")
    model.fit(images, np.zeros(model(images).shape), verbose=0)
    return model


WRITERS = {
    "weights.h5": lambda model, path: model.save_weights(path / "a.weights.h5") or path / "a.weights.h5",
    "weights of a trained model": lambda model, path: (
        compiled(model).save_weights(path / "t.weights.h5") or path / "t.weights.h5"
    ),
    ".keras": lambda model, path: model.save(path / "a.keras") or path / "a.keras",
    "served .h5": lambda model, path: write_legacy(model, path / "a.h5"),
    "whole-model .h5": lambda model, path: write_legacy(model, path / "whole.h5", whole=True),
    "Keras 2 .weights.h5": lambda model, path: write_legacy(model, path / "old.weights.h5"),
}


@pytest.mark.parametrize("writer", WRITERS.values(), ids=WRITERS)
def test_every_format_is_loaded_whole(writer, tmp_path):
    source, model = make(seed=1), make(seed=2)
    path = writer(source, tmp_path)
    load_weights_file(model, path)
    for found, expected in zip(values(model), values(source), strict=True):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("writer", [WRITERS["weights.h5"], WRITERS[".keras"], WRITERS["served .h5"]])
@pytest.mark.parametrize(
    "given, wanted, message",
    [
        ({"extra": True}, {}, "holds 2 weights that the model does not have, such as "),
        ({}, {"extra": True}, "lacks 2 weights of the model, such as extra/kernel, extra/bias"),
        ({"filters": 5}, {}, "lacks 7 weights.* and holds 7 weights"),
        ({"top": 10}, {}, r"holds 2 weights.*saved without its classifier \(include_top=False\)"),
    ],
)
def test_extra_missing_and_misshapen_weights_are_refused_and_nothing_is_loaded(
    writer, given, wanted, message, tmp_path
):
    path = writer(make(seed=1, **given), tmp_path)
    model = make(seed=2, **wanted)
    before = values(model)
    with pytest.raises(WeightsMismatch, match=message):
        load_weights_file(model, path)
    for found, expected in zip(values(model), before, strict=True):
        np.testing.assert_array_equal(found, expected)


def test_the_config_in_an_archive_is_never_read(tmp_path):
    source, model = make(seed=1), make(seed=2)
    source.save(tmp_path / "a.keras")
    with zipfile.ZipFile(tmp_path / "a.keras") as archive:
        weights = archive.read("model.weights.h5")
    with zipfile.ZipFile(tmp_path / "evil.keras", "w") as archive:
        archive.writestr("config.json", '{"class_name": "Lambda", "module": "os", "config": "system"}')
        archive.writestr("model.weights.h5", weights)
    load_weights_file(model, tmp_path / "evil.keras")
    np.testing.assert_array_equal(values(model)[0], values(source)[0])
    with zipfile.ZipFile(tmp_path / "evil.keras", "a") as archive:
        archive.writestr("../outside.txt", "x")
    with pytest.raises(InputError, match="a member's name is not plain: '../outside.txt'"):
        load_weights_file(model, tmp_path / "evil.keras")
    assert not (tmp_path.parent / "outside.txt").exists()


def test_links_out_of_the_file_are_refused(tmp_path):
    model = make()
    model.save_weights(tmp_path / "other.weights.h5")
    model.save_weights(tmp_path / "linked.weights.h5")
    with h5py.File(tmp_path / "linked.weights.h5", "a") as file:
        del file["layers/conv2d/vars/0"]
        file["layers/conv2d/vars/0"] = h5py.ExternalLink("other.weights.h5", "/layers/conv2d/vars/0")
    with pytest.raises(InputError, match="is a link, which may point to another file"):
        load_weights_file(model, tmp_path / "linked.weights.h5")


def test_arrays_stored_outside_the_file_are_refused(tmp_path):
    model = make()
    path = tmp_path / "external.weights.h5"
    model.save_weights(path)
    with h5py.File(path, "a") as file:
        shape = file["layers/conv2d/vars/0"].shape
        del file["layers/conv2d/vars/0"]
        raw = [(str(tmp_path / "raw.bin"), 0, h5py.h5f.UNLIMITED)]
        file["layers/conv2d/vars"].create_dataset("0", shape, "float32", external=raw)
    with pytest.raises(InputError, match="is stored in another file"):
        load_weights_file(model, path)


def test_a_shape_bomb_is_refused_before_it_is_read(tmp_path):
    model = make()
    path = tmp_path / "bomb.weights.h5"
    model.save_weights(path)
    with h5py.File(path, "a") as file:
        del file["layers/conv2d/vars/0"]
        file["layers/conv2d/vars"].create_dataset(
            "0", (1 << 20, 1 << 20), "float32", chunks=True, compression="gzip"
        )
    with pytest.raises(WeightsMismatch, match="lacks 1 weights of the model, such as conv/kernel"):
        load_weights_file(model, path)


def test_an_archive_bomb_is_refused_before_it_is_unpacked(tmp_path):
    with zipfile.ZipFile(tmp_path / "bomb.keras", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model.weights.h5", bytes(200_000_000))
    with pytest.raises(InputError, match="it unpacks to 200 MB"):
        load_weights_file(make(), tmp_path / "bomb.keras")


@pytest.mark.parametrize("name", ["a.weights.h5", "a.h5", "a.keras"])
@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04"])
def test_files_that_hold_no_weights_are_refused(name, content, tmp_path):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match="the weights file can't be read.*with --weights"):
        load_weights_file(make(), tmp_path / name)


def test_a_truncated_file_is_refused(tmp_path):
    model = make()
    model.save_weights(tmp_path / "a.weights.h5")
    content = (tmp_path / "a.weights.h5").read_bytes()
    (tmp_path / "cut.weights.h5").write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match="can't be read"):
        load_weights_file(model, tmp_path / "cut.weights.h5")


def test_a_keras_archive_without_weights_is_refused(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("config.json", "{}")
    (tmp_path / "a.keras").write_bytes(buffer.getvalue())
    with pytest.raises(InputError, match="can't be read.*model.weights.h5"):
        load_weights_file(make(), tmp_path / "a.keras")


@pytest.mark.parametrize("name, message", [("no.h5", "does not exist"), ("model.pkl", "not a weights file")])
def test_missing_files_and_other_kinds_are_refused(name, message, tmp_path):
    (tmp_path / "model.pkl").write_bytes(b"x")
    with pytest.raises(InputError, match=message):
        load_weights_file(make(), tmp_path / name)


def test_weights_in_another_order_are_refused(tmp_path):
    """The same shapes as often, but under other names: Keras finds that a layer's are missing."""
    image = keras.Input((4,))
    one = keras.Model(image, layers.Dense(4, name="b")(layers.BatchNormalization(name="a")(image)))
    image = keras.Input((4,))
    other = keras.Model(
        image, layers.EinsumDense("ab,bc->ac", 4, bias_axes="c")(layers.BatchNormalization()(image))
    )
    one.save_weights(tmp_path / "a.weights.h5")
    with pytest.raises(WeightsMismatch, match="of another architecture"):
        load_weights_file(other, tmp_path / "a.weights.h5")
