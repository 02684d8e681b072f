"""Trap 18: files that run code when a library that trusts them loads them, at each door that a file can come in by."""

import io
import json
import pickle
import shutil
import zipfile

import keras
import numpy as np
import pytest
import tensorflow as tf

import kerasft
from kerasft.base.errors import InputError
from kerasft.cli.main import main


class Payload:
    """Unpickled, it writes the canary."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return open, (self.path, "w")


def lambda_keras(canary, folder):
    """A model with a Lambda layer, whose code is in the file."""
    inputs = keras.Input((16, 16, 3))
    path = str(canary)
    model = keras.Model(
        inputs, keras.layers.Lambda(lambda x: (open(path, "w"), x)[1], output_shape=(16, 16, 3))(inputs)
    )
    model.save(folder / "model.keras")
    canary.unlink(missing_ok=True)  # building the model here has called it
    return folder / "model.keras"


def tfsm_keras(canary, folder):
    """A model with a TFSMLayer, which loads a SavedModel of any folder and runs its graph."""
    module = tf.Module()

    def serve(x):
        with tf.control_dependencies([tf.io.write_file(str(canary), "x")]):
            return tf.identity(x)

    module.serve = tf.function(serve, input_signature=[tf.TensorSpec((None, 3))])
    tf.saved_model.save(module, str(folder / "saved"), signatures={"serving_default": module.serve})
    config = {
        "module": "keras.layers",
        "class_name": "TFSMLayer",
        "config": {"filepath": str(folder / "saved"), "call_endpoint": "serving_default"},
        "registered_name": None,
    }
    with zipfile.ZipFile(folder / "model.keras", "w") as archive:
        archive.writestr("metadata.json", '{"keras_version": "3.15.1"}')
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("model.weights.h5", b"")
    return folder / "model.keras"


def pickled(canary, folder):
    (folder / "model.keras").write_bytes(pickle.dumps(Payload(canary)))
    return folder / "model.keras"


def pickled_array(canary, folder):
    """numpy files of dtype object hold a pickle."""
    buffer = io.BytesIO()
    np.savez(buffer, kernel=np.array([Payload(canary)], dtype=object))
    (folder / "model.npz").write_bytes(buffer.getvalue())
    return folder / "model.npz"


FILES = (lambda_keras, tfsm_keras, pickled, pickled_array)


@pytest.fixture(params=FILES, ids=lambda make: make.__name__)
def evil(request, canary, tmp_path):
    return request.param(canary, tmp_path)


def test_it_does_what_it_says_where_it_is_trusted(canary, tmp_path):
    """Else the tests below would hold for harmless files too."""
    pickle.loads(pickle.dumps(Payload(tmp_path / "here"))).close()
    assert (tmp_path / "here").exists()
    with pytest.raises(ValueError, match="(?i)lambda"):
        keras.saving.load_model(lambda_keras(canary, tmp_path))


@pytest.mark.parametrize(
    "suffix", [".keras", ".h5", ".weights.h5", ".tflite", ".kerasft", ".pkl", ".npz", ".pb"]
)
def test_as_an_artifact(evil, suffix, canary, capsys):
    path = evil.with_name("artifact" + suffix)
    shutil.copy(evil, path)
    for verb in ("predict", "evaluate", "export"):
        assert main([verb, str(path), *(["x.png"] if verb == "predict" else [])]) == 2
        error = capsys.readouterr().err
        assert error.startswith("error: ") and error.count("\n") == 1


@pytest.mark.parametrize(
    "backbone, suffix",
    [
        ("starter", ".safetensors"),
        ("starter", ".keras"),
        ("mobilenet_v3_small", ".keras"),
        pytest.param("mobilenet_v3_small", ".h5", marks=pytest.mark.slow),
    ],
)
def test_as_weights(evil, backbone, suffix, canary):
    path = evil.with_name("weights" + suffix)
    shutil.copy(evil, path)
    with pytest.raises(InputError, match="weights file|give a|give --weights"):
        kerasft.build_model(
            "image_classification",
            backbone=backbone,
            class_names=["a", "b"],
            image_size=32,
            weights=str(path),
        )


def test_in_the_place_of_a_runs_weights(evil, handed_in, rehash, canary):
    shutil.copy(evil, handed_in / "best.weights.safetensors")
    with pytest.raises(InputError, match="not safe to load|not the one that was trained"):
        kerasft.predict(rehash(handed_in), "x.png")


def test_beside_a_run_it_is_not_looked_at(evil, handed_in, canary, splits):
    shutil.copy(evil, handed_in / "model.keras")
    shutil.copy(evil, handed_in / "model.pkl")
    assert kerasft.Run.open(handed_in).load_model().count_params()


def test_in_a_bundle(evil, rewrite, canary):
    path = rewrite({"best.weights.safetensors": evil.read_bytes()}, true_hashes=True)
    with pytest.raises(InputError, match="weights were changed"):
        kerasft.predict(path, "x.png")


@pytest.mark.parametrize(
    "config",
    [
        {
            "registered_name": "Lambda",
            "class_name": "Lambda",
            "module": "keras.layers",
            "config": {"function": "os.system"},
        },
        {"registered_name": "keras_hub>TFSMLayer", "class_name": "TFSMLayer", "config": {"filepath": "."}},
        {"registered_name": "payload>Payload", "module": "payload", "class_name": "Payload", "config": {}},
    ],
    ids=["Lambda", "TFSMLayer", "module"],
)
def test_as_a_preset(config, canary, tmp_path, monkeypatch):
    (tmp_path / "preset").mkdir()
    (tmp_path / "payload.py").write_text(f"open({str(canary)!r}, 'w')")
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "preset" / "config.json").write_text(json.dumps(config))
    (tmp_path / "preset" / "image_converter.json").write_text('{"config": {"scale": 1.0}}')
    for task, name in (("image_classification", "hub:"), ("text_classification", "")):
        with pytest.raises(InputError, match="not of a KerasHub backbone|not a text backbone"):
            kerasft.build_model(
                task, backbone=f"{name}{tmp_path / 'preset'}", class_names=["a", "b"], image_size=32
            )
