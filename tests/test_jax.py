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
    assert kerasft.export(run, "tflite").row.difference <= 1e-4
