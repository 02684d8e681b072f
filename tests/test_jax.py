"""The same code on the JAX backend: a run trained there is a run like any other."""

import os
import subprocess
import sys
import textwrap

import pytest

import kerasft


@pytest.mark.slow
def test_a_run_trained_on_jax_is_scored_and_exported_on_tensorflow(pictures, tmp_path):
    code = textwrap.dedent(f"""
        import keras, kerasft
        splits = kerasft.read_images({str(pictures)!r}, 16)
        model = kerasft.build_model(
            "image_classification", backbone="starter", class_names=splits.class_names, image_size=16
        )
        phases = kerasft.two_phases(4, 4, unfreeze=2, head_learning_rate=1e-2, tune_learning_rate=1e-3)
        training = kerasft.Training(batch_size=7, views=2)
        run = kerasft.fine_tune(model, splits, phases, {str(tmp_path / "run")!r}, training, verbose=False)
        print(keras.backend.backend(), kerasft.evaluate(run).accuracy, kerasft.evaluate(run).log_loss)
        try:
            kerasft.export(run, "tflite")
        except kerasft.InputError as error:
            print(error)
    """)
    environment = {**os.environ, "KERAS_BACKEND": "jax"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    line, refusal = done.stdout.strip().splitlines()
    backend, accuracy, log_loss = line.split()
    assert backend == "jax" and float(accuracy) > 0.7
    assert "KERAS_BACKEND=tensorflow kerasft export" in refusal
    run = kerasft.Run.open(tmp_path / "run")
    assert "2 augmented views" in run.result["phases"]["tune"]["features"]
    assert kerasft.evaluate(run).log_loss == pytest.approx(float(log_loss), abs=1e-3)
    assert not kerasft.export(run, "tflite").row.failures


@pytest.mark.slow
def test_what_a_gpu_does_otherwise_changes_nothing(pictures, tmp_path):
    """Features and pictures on the device, checkpoints beside the training: the same weights, bit for bit.

    There is no GPU here; the switches are set as with one, and the work is done by the CPU.
    """
    code = textwrap.dedent(f"""
        import numpy as np, kerasft
        from kerasft import callbacks, environment
        splits = kerasft.read_images({str(pictures)!r}, 16)
        def train(name, gpu, cache):
            environment.has_gpu = callbacks.has_gpu = lambda: gpu
            environment.free_gpu_memory = lambda: 10**9 if gpu else 0
            model = kerasft.build_model(
                "image_classification", backbone="starter", class_names=splits.class_names, image_size=16,
                precision="float32",
            )
            training = kerasft.Training(batch_size=7, augment="none", feature_cache=cache)
            phases = kerasft.two_phases(2, 2, unfreeze=2)
            kerasft.fine_tune(model, splits, phases, {str(tmp_path)!r} + "/" + name, training, verbose=False)
            return model.get_weights()
        plain = train("plain", False, "memory")
        for name, cache in (("kept", "memory"), ("whole", "off")):
            print(max(np.abs(a - b).max() for a, b in zip(plain, train(name, True, cache))))
    """)
    environment = {**os.environ, "KERAS_BACKEND": "jax", "KERASFT_HOME": str(tmp_path / "home")}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert [float(line) for line in done.stdout.split()] == [0, 0]
    assert any((tmp_path / "home" / "jax").iterdir())  # what was compiled is kept
