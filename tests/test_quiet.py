"""A notebook shows what kerasft says, and nothing that the libraries below say when they are loaded."""

import subprocess
import sys

import pytest

CODE = """
import kerasft
kerasft.build_model("image_classification", backbone="starter", class_names=["a", "b"], image_size=16)
kerasft.read_images("digits", 16)
"""


@pytest.mark.slow
def test_nothing_is_said_while_keras_is_loaded():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
