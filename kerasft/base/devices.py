"""Which processor computes: `--device cpu`, `gpu` or `gpu:1`, or `KERASFT_DEVICE` for all commands and for Python.

Other processors are hidden from the backend, before it has begun to compute: what asks for GPUs then finds that one.
"""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kerasft.base.errors import InputError, Problem

if TYPE_CHECKING:
    import jax

VARIABLE = "KERASFT_DEVICE"
GPU_OF_TENSORFLOW = 'pip install "tensorflow[and-cuda]", and see that nvidia-smi lists the GPU'  # on Linux
_INSTALL = {  # by system, and backend
    ("Linux", "tensorflow"): GPU_OF_TENSORFLOW,
    ("Linux", "jax"): 'pip install "jax[cuda12]", and see that nvidia-smi lists the GPU',
    ("Windows", "tensorflow"): "on Windows, TensorFlow computes on GPUs only within WSL2",
    ("Windows", "jax"): "on Windows, JAX computes on GPUs only within WSL2",
}
_ELSEWHERE = "docs/installation.md says which GPUs there are"

_applied: list[str] = []


def check(name: str) -> None:
    """Raises InputError unless a text names a device."""
    if not re.fullmatch(r"cpu|gpu(:\d{1,3})?", name):
        what = f"--device is unknown{'' if name != os.environ.get(VARIABLE) else f', from {VARIABLE}'}"
        raise InputError(Problem(what, name, "use cpu, gpu, or gpu:1 for the second GPU"))


@contextmanager
def chosen(name: str | None) -> Iterator[None]:
    """Lets a command, and what it starts, compute on a device; None leaves it to `KERASFT_DEVICE`.

    Raises:
        InputError: There is no such device by name.
    """
    before = os.environ.get(VARIABLE)
    if given := name or before:
        check(given)
        os.environ[VARIABLE] = given
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(VARIABLE, None)
        else:
            os.environ[VARIABLE] = before


def apply() -> None:
    """Hides all other devices from the backend, which is imported, if one was chosen.

    Raises:
        InputError: It isn't there, or the backend has begun to compute with others.
    """
    name = os.environ.get(VARIABLE, "")
    if not name or name in _applied:
        return
    check(name)
    import keras

    backend = keras.backend.backend()
    number = None if name == "cpu" else int(name.partition(":")[2] or 0)
    try:
        count = (_hide_in_jax if backend == "jax" else _hide_in_tensorflow)(number)
    except RuntimeError as error:  # of both backends
        called = {"jax": "JAX"}.get(backend, "TensorFlow")
        hint = f"start Python anew, with {VARIABLE}={name}"
        raise InputError(Problem(f"{called} has begun to compute on another device", name, hint)) from error
    if number is not None and number >= count:
        raise InputError(_missing(name, count, backend))
    _applied[:] = [name]


def _hide_in_tensorflow(number: int | None) -> int:
    """Leaves TensorFlow one GPU or none, if it has as many, and returns how many there are."""
    import tensorflow as tf

    from kerasft.base.quiet import quiet

    with quiet():  # without a driver, TensorFlow reports an error that is none
        found = tf.config.list_physical_devices("GPU")
    left = [] if number is None else found[number : number + 1]
    if (number is None or left) and tf.config.get_visible_devices("GPU") != left:
        tf.config.set_visible_devices(left, "GPU")
    return len(found)


def _hide_in_jax(number: int | None) -> int:
    """Leaves JAX its CPU, or lets it compute on one GPU, and returns how many there are."""
    import jax

    if number is None:
        jax.config.update("jax_platforms", "cpu")
        if any(device.platform != "cpu" for device in jax.devices()):
            raise RuntimeError("JAX has looked for its devices")
        return 0
    found = [device for device in jax.devices() if device.platform == "gpu"]
    if number < len(found):
        jax.config.update("jax_default_device", found[number])
    return len(found)


def of_jax() -> list[jax.Device]:
    """Returns the devices that JAX computes on: the chosen one, or all."""
    import jax

    one = getattr(jax.config, "jax_default_device", None)
    return jax.devices() if one is None else [one]


def _missing(name: str, count: int, backend: str) -> Problem:
    if count:
        listed = "gpu:0" if count == 1 else f"gpu:0 to gpu:{count - 1}"
        return Problem("there is no such GPU", name, f"there {'is' if count == 1 else 'are'} {listed}")
    called = {"jax": "JAX"}.get(backend, "TensorFlow")
    step = _INSTALL.get((platform.system(), backend), _ELSEWHERE)
    return Problem(f"{called} sees no GPU", name, f"{step}; or leave --device out")
