"""A backend that kerasft doesn't work with is one message before Keras is imported, in every command and in Python."""

import json
import os
import subprocess
import sys
import textwrap

import pytest

from kerasft.base import keras_settings
from kerasft.base.errors import InputError
from kerasft.cli.main import VERBS

WITHOUT_KERAS = {"doctor", "backbones", "fetch", "recipes", "completion"}
SCRIPT = textwrap.dedent("""
    import contextlib, io, json, sys
    from kerasft.cli.main import main

    found = {}
    for name, arguments in json.loads(sys.argv[1]).items():
        told = io.StringIO()
        with contextlib.redirect_stderr(told), contextlib.redirect_stdout(io.StringIO()):
            code = main(arguments)
        found[name] = [code, told.getvalue()]
    import kerasft
    try:
        kerasft.read_images
    except kerasft.InputError as error:
        found["Python"] = [2, f"error: {error}\\n"]
    kerasft.two_phases()
    assert not {"keras", "tensorflow", "torch", "jax"} & set(sys.modules)
    print(json.dumps(found))
""")


@pytest.fixture(autouse=True)
def keras_is_not_imported(monkeypatch):
    """As at the start of a command; `raising` since this file may be the first."""
    monkeypatch.delitem(sys.modules, "keras", raising=False)


@pytest.fixture
def keras_json(tmp_path, monkeypatch):
    """Writes the settings of Keras."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    return lambda settings: (tmp_path / "keras.json").write_text(settings)


def refusal() -> str:
    with pytest.raises(InputError) as error:
        keras_settings.require_backend()
    return str(error.value)


def test_every_command_says_at_once_what_to_set(tmp_path):
    (tmp_path / "data" / "a").mkdir(parents=True)
    data, folder = str(tmp_path / "data"), str(tmp_path)
    commands = {
        "train": ["train", "image-classification", "--data", data, "--run-dir", str(tmp_path / "run")],
        "resume": ["train", "--resume", folder],
        "lr-find": ["lr-find", "image-classification", "--data", data],
        "compare ways": ["compare", "image-classification", "--data", data, "--output", folder],
        "compare": ["compare", folder, folder],
        "predict": ["predict", folder, str(tmp_path / "a.png")],
        "doctor": ["doctor", data],
        **{verb: [verb, folder] for verb in ("evaluate", "export", "benchmark", "report", "bundle")},
        "explain": ["explain", folder, str(tmp_path / "a.png")],
    }
    assert {words[0] for words in commands.values()} >= set(VERBS) - WITHOUT_KERAS
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, json.dumps(commands)], capture_output=True, text=True,
        env={**os.environ, "KERAS_BACKEND": "torch", "KERAS_HOME": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    message = (
        "error: Keras is set to the backend torch, and kerasft works with tensorflow and jax "
        "(received: KERAS_BACKEND=torch); export KERAS_BACKEND=tensorflow\n"
    )
    assert json.loads(done.stdout) == dict.fromkeys([*commands, "Python"], [2, message])


@pytest.mark.parametrize("backend", ["torch", "numpy", "openvino"])
def test_keras_json_is_named_with_both_ways_out(keras_json, tmp_path, backend):
    keras_json(json.dumps({"backend": backend}))
    assert refusal() == (
        f"Keras is set to the backend {backend}, and kerasft works with tensorflow and jax (received: "
        f'"backend": "{backend}" in {tmp_path}/keras.json); export KERAS_BACKEND=tensorflow, or write "backend": '
        f'"tensorflow" into {tmp_path}/keras.json'
    )


def test_the_variable_counts_before_keras_json(keras_json, monkeypatch):
    keras_json('{"backend": "torch"}')
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    keras_settings.require_backend()
    monkeypatch.setenv("KERAS_BACKEND", "")  # as if it were not set
    assert "keras.json" in refusal()


def test_a_backend_that_is_missing(monkeypatch, keras_json):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    monkeypatch.setattr(keras_settings.importlib.util, "find_spec", lambda name: None)
    assert "the backend jax, which is not installed" in refusal()
    assert "pip install jax, or export KERAS_BACKEND=tensorflow" in refusal()


@pytest.mark.parametrize(
    ("settings", "what"),
    [('{"floatx": "float16"}', "floatx is 'float16'"), ("[]", "it holds no settings"),
     ('{"image_data_format": "channels_first"}', "image_data_format is 'channels_first'")],
)  # fmt: skip
def test_settings_that_change_every_model(keras_json, settings, what):
    keras_json(settings)
    assert what in refusal() and "delete that file" in refusal()


@pytest.mark.parametrize("settings", ['{"backend": "tensorflow", "floatx": "float32"}', "{}", "{damaged"])
def test_what_keras_takes_or_ignores_is_no_problem(keras_json, settings):
    keras_json(settings)
    keras_settings.require_backend()


def test_keras_that_is_imported_counts_and_not_what_the_shell_says_by_now(monkeypatch, keras_json):
    class Keras:
        class backend:
            backend = staticmethod(lambda: "numpy")

    monkeypatch.setitem(sys.modules, "keras", Keras)
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    assert "backend numpy" in refusal() and refusal().endswith("before Keras is imported")
