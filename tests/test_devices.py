"""Which processor computes: what is named, what is there, and that it is chosen before anything is computed."""

import os
import subprocess
import sys
from importlib import metadata
from types import SimpleNamespace

import pytest

from kerasft.base import devices
from kerasft.base.errors import InputError
from kerasft.cli.guard import guarded
from kerasft.cli.main import main
from kerasft.cli.parser import Parser


@pytest.fixture(autouse=True)
def nothing_chosen(monkeypatch):
    monkeypatch.delenv(devices.VARIABLE, raising=False)
    monkeypatch.setattr(devices, "_applied", [])


@pytest.fixture
def tensorflow(monkeypatch):
    """A TensorFlow with two GPUs that has not computed yet; its `visible` is what was left."""
    gpus = ["GPU 0", "GPU 1"]
    found = SimpleNamespace(visible=gpus, begun=False)

    def leave(left, kind):
        assert kind == "GPU"
        if found.begun:
            raise RuntimeError("Visible devices cannot be modified after being initialized")
        found.visible = left

    import tensorflow as tf

    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: gpus)
    monkeypatch.setattr(tf.config, "get_visible_devices", lambda kind: found.visible)
    monkeypatch.setattr(tf.config, "set_visible_devices", leave)
    monkeypatch.setattr("keras.backend.backend", lambda: "tensorflow")
    return found


@pytest.mark.parametrize(
    ("name", "left"), [("cpu", []), ("gpu", ["GPU 0"]), ("gpu:0", ["GPU 0"]), ("gpu:1", ["GPU 1"])]
)
def test_the_others_are_hidden(name, left, tensorflow, monkeypatch):
    monkeypatch.setenv(devices.VARIABLE, name)
    devices.apply()
    assert tensorflow.visible == left
    tensorflow.begun = True
    devices.apply()  # once is enough


def test_a_gpu_that_is_not_there_is_told(tensorflow, monkeypatch):
    monkeypatch.setenv(devices.VARIABLE, "gpu:2")
    with pytest.raises(InputError, match=r"there is no such GPU .received: gpu:2.; there are gpu:0 to gpu:1"):
        devices.apply()
    assert tensorflow.visible == ["GPU 0", "GPU 1"]
    monkeypatch.setattr("tensorflow.config.list_physical_devices", lambda kind: [])
    for system, step in (("Linux", "and-cuda"), ("Windows", "WSL2"), ("Darwin", "docs/installation.md")):
        monkeypatch.setattr("platform.system", lambda system=system: system)
        with pytest.raises(InputError, match=f"TensorFlow sees no GPU .received: gpu:2.; .*{step}"):
            devices.apply()


def test_it_is_too_late_once_something_was_computed(tensorflow, monkeypatch):
    tensorflow.begun = True
    monkeypatch.setenv(devices.VARIABLE, "cpu")
    with pytest.raises(
        InputError, match="TensorFlow has begun to compute .*start Python anew, with KERASFT_DEVICE=cpu"
    ):
        devices.apply()
    tensorflow.visible = []
    devices.apply()  # there it computes already


@pytest.mark.parametrize("name", ["tpu", "gpu:", "gpu:x", "GPU", "gpu:1,2", "1"])
def test_what_names_no_device_is_refused_before_anything_is_loaded(name, capsys):
    assert main(["export", "run", "--device", name]) == 2
    assert f"--device is unknown (received: {name}); use cpu, gpu, or gpu:1" in capsys.readouterr().err


def test_a_flag_goes_before_the_variable_and_is_over_with_the_command(monkeypatch):
    def device_within(*flags):
        seen = []
        work = Parser(prog="kerasft try").verb
        assert (
            guarded(lambda: work(flags, lambda arguments: seen.append(os.environ.get(devices.VARIABLE)))) == 0
        )
        return seen[0]

    assert device_within() is None and device_within("--device", "cpu") == "cpu"
    monkeypatch.setenv(devices.VARIABLE, "gpu:1")
    assert device_within("--device", "cpu") == "cpu" and device_within() == "gpu:1"
    assert os.environ[devices.VARIABLE] == "gpu:1"
    monkeypatch.setenv(devices.VARIABLE, "tpu")
    with pytest.raises(InputError, match="--device is unknown, from KERASFT_DEVICE"), devices.chosen(None):
        pass


CODE = """
import sys
from kerasft.cli.main import main
from kerasft.base import environment
sys.exit(main(["lr-find", "image-classification", "--device", "cpu", "--phase", "head"]) or environment.has_gpu())
"""


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_each_backend_computes_on_what_was_chosen(backend, tmp_path):
    if backend == "jax" and not {each.name for each in metadata.distributions()} & {"jax"}:
        pytest.skip("jax is not installed")
    variables = os.environ | {"KERAS_BACKEND": backend}

    def python(*words, **more):
        return subprocess.run(
            [sys.executable, *words], capture_output=True, text=True, env=variables | more, cwd=tmp_path
        )

    done = python("-c", CODE)
    assert done.returncode == 0 and "suggestion" in done.stdout, done.stderr
    if (
        python("-c", "from kerasft.base import environment; print(environment.has_gpu())").stdout.strip()
        == "False"
    ):
        done = python("-m", "kerasft", "lr-find", "image-classification", KERASFT_DEVICE="gpu:1")
        called = {"jax": "JAX", "tensorflow": "TensorFlow"}[backend]
        assert done.returncode == 2 and f"error: {called} sees no GPU (received: gpu:1)" in done.stderr
