"""The same code on the JAX backend: a run trained there is a run like any other."""

import json
import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import kerasft

pytestmark = pytest.mark.slow

# One process for all tests: imports and JAX's start take longer than what is tested.
SCRIPT = textwrap.dedent("""
    import contextlib, io, json, sys
    from pathlib import Path
    import keras, numpy as np, kerasft
    from kerasft.base import environment
    from kerasft.training import callbacks
    from kerasft.cli.recipes import find_recipe

    images, run_dir, paths, folder = json.loads(sys.argv[1])
    folder = Path(folder)
    assert keras.backend.backend() == "jax"
    splits, fine_tune = kerasft.read_images(images, 16), kerasft.fine_tune

    def train(name, phases, **settings):
        model = kerasft.build_model(
            "image_classification", backbone="starter", class_names=splits.class_names, image_size=16,
            precision="float32",
        )
        training = kerasft.Training(batch_size=7, **settings)
        return model, fine_tune(model, splits, phases, folder / name, training, verbose=False)

    phases = kerasft.two_phases(4, 4, unfreeze=2, head_learning_rate=1e-2, tune_learning_rate=1e-3)
    _, run = train("run", phases, views=2)
    found = {"accuracy": kerasft.evaluate(run).accuracy, "log_loss": kerasft.evaluate(run).log_loss}
    try:
        kerasft.export(run, "tflite")
    except kerasft.InputError as error:
        found["refusal"] = str(error)

    recipe = find_recipe("image-classification")
    kerasft.fine_tune = lambda *arguments, **options: run  # trained above
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        found["recipe"] = recipe.main(recipe.Config(data=images, backbone="starter", image_size=16))
    found["told"] = told.getvalue()

    def train_as(name, gpu, cache):
        environment.has_gpu = callbacks.has_gpu = lambda: gpu
        environment.free_gpu_memory = lambda: 10**9 if gpu else 0
        phases = kerasft.two_phases(2, 2, unfreeze=2)
        return train(name, phases, augment="none", feature_cache=cache)[0].get_weights()

    plain = train_as("plain", False, "memory")
    found["differences"] = [
        float(max(np.abs(a - b).max() for a, b in zip(plain, train_as(name, True, cache))))
        for name, cache in (("kept", "memory"), ("whole", "off"))
    ]
    for method, steps in (("grad-cam", None), ("integrated-gradients", 16)):
        maps = kerasft.explain(run_dir, paths, method=method, steps=steps)
        np.save(folder / f"{method}.npy", np.stack([each.attribution for each in maps]))
    print(json.dumps(found))
""")


@pytest.fixture(scope="module")
def paths(pictures):
    return [str(pictures / "circle" / "000.png"), str(pictures / "stripes" / "000.png")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the process on JAX writes."""
    return tmp_path_factory.mktemp("jax")


@pytest.fixture(scope="module")
def found(pictures, run, paths, folder):
    """What the process on JAX says."""
    given = json.dumps([str(pictures), str(run.run_dir), paths, str(folder)])
    environment = {**os.environ, "KERAS_BACKEND": "jax", "KERASFT_HOME": str(folder / "home")}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, given], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_a_run_trained_on_jax_is_scored_and_exported_on_tensorflow(found, folder):
    assert found["accuracy"] > 0.7
    assert "KERAS_BACKEND=tensorflow kerasft export" in found["refusal"]
    run = kerasft.Run.open(folder / "run")
    assert "2 augmented views" in run.result["phases"]["tune"]["features"]
    assert kerasft.evaluate(run).log_loss == pytest.approx(found["log_loss"], abs=1e-3)
    assert not kerasft.export(run, "tflite").row.failures


def test_a_recipe_on_jax_ends_and_says_how_to_export(found, folder):
    assert found["recipe"]["run_dir"] == str(folder / "run") and found["recipe"]["exported"] is None
    assert list(found["recipe"]["test_accuracy"]) == ["after head", "after tune"]
    command = f"KERAS_BACKEND=tensorflow kerasft export {folder}/run --format tflite --quantize int8"
    assert f"exported:   not yet, with: {command}\n" in found["told"]
    assert (folder / "run" / "report.html").is_file() and "report:     " in found["told"]


def test_what_a_gpu_does_otherwise_changes_nothing(found, folder):
    """Features and images on the device, checkpoints beside the training: the same weights, bit for bit.

    There is no GPU here; the switches are set as with one, and the work is done by the CPU.
    """
    assert found["differences"] == [0, 0]
    assert any((folder / "home" / "jax").iterdir())  # what was compiled is kept


def test_jax_gives_the_same_maps(found, folder, run, paths):
    for method, steps in (("grad-cam", None), ("integrated-gradients", 16)):
        maps = kerasft.explain(run, paths, method=method, steps=steps)
        ours = np.stack([each.attribution for each in maps])
        theirs = np.load(folder / f"{method}.npy")
        assert np.abs(ours - theirs).max() < 1e-2 * np.abs(ours).max()
