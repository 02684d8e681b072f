"""What the tests share stays as it was: a model that a test has changed is not given to the next."""

import shutil

import numpy as np

from kerasft.runs.run import Run


def test_a_loaded_model_is_given_again_until_somebody_changes_it(run, tmp_path):
    first = run.load_model()
    same_files = Run.open(shutil.copytree(run.run_dir, tmp_path / "copy"))
    assert same_files.load_model() is first
    kernel = first.get_layer("logits").kernel
    before = kernel.numpy()
    kernel.assign(before + 1)
    again = same_files.load_model()
    assert again is not first
    np.testing.assert_array_equal(again.get_layer("logits").kernel, before)
    again.get_layer("logits").trainable = False
    assert run.load_model() is not again


def test_tests_of_loading_load(run, loading_anew):
    assert run.load_model() is not run.load_model()
