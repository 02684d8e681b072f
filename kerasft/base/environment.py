"""The process around the work: switches that must be set before TensorFlow is imported, GPUs, versions."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from types import ModuleType

from kerasft.base import devices
from kerasft.base.errors import UnavailableError

_DECISIVE = ("kerasft", "keras", "tensorflow", "keras-hub", "numpy", "Pillow", "scikit-learn")


def prepare() -> None:
    """Sets the environment variables that TensorFlow reads once, at its import. What the user set stays.

    oneDNN saves up to half of the CPU time of training, and TensorFlow leaves it off on x86 without VNNI.
    """
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")


def load_quietly() -> None:
    """Imports Keras and its backend without their start-up remarks, for the command line.

    Raises:
        InputError: Keras is set to a backend that kerasft doesn't work with.
    """
    import logging

    from kerasft.base.terminal import passing_line

    logging.getLogger("tensorflow").setLevel(logging.ERROR)  # a new model for each step is no mistake here
    with passing_line("loading Keras ..."):
        import_quietly()


def import_quietly(module: str = "keras") -> ModuleType:
    """Imports a module; where that loads Keras and its backend, without their start-up remarks.

    Raises:
        InputError: Keras is set to a backend that kerasft doesn't work with, or to a device that isn't there.
    """
    from kerasft.base.keras_settings import require_backend
    from kerasft.base.quiet import quiet

    require_backend()
    if "keras" in sys.modules:
        devices.apply()
        return importlib.import_module(module)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with quiet():
        found = importlib.import_module(module)
        keras = sys.modules.get("keras")
        if keras is not None and keras.backend.backend() == "tensorflow":
            has_gpu()  # the first look for one says that there is no driver
    if keras is not None:
        devices.apply()
    return found


def make_deterministic() -> None:
    """Makes equal seeds give equal runs on the same machine. TensorFlow needs this besides the seeds."""
    import keras

    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()


def keep_compiled() -> None:
    """Lets JAX keep what it has compiled between runs, in kerasft's home, unless the user has chosen another place.

    Compiling ResNet50 for a GPU takes longer than fine-tuning it on some thousand images.
    """
    import keras

    if keras.backend.backend() == "jax":
        import jax

        home = known_home()
        if home and writable(home) and getattr(jax.config, "jax_compilation_cache_dir", None) is None:
            jax.config.update("jax_compilation_cache_dir", str(home / "jax"))


def resolve_precision(precision: str) -> str:
    """Returns the dtype policy for `precision`; "auto" is float32 unless a GPU gains from less.

    NVIDIA's tensor cores take bfloat16 from compute capability 8.0 and float16 from 7.0 (CUDA C++ Programming
    Guide, "Compute Capabilities").
    """
    if precision != "auto":
        return precision
    capability = _gpu_capability()
    if capability is None or capability < (7, 0):
        return "float32"
    return "mixed_bfloat16" if capability >= (8, 0) else "mixed_float16"


def kerasft_home() -> Path:
    """The folder for what kerasft keeps between runs: `KERASFT_HOME`, or ~/.cache/kerasft.

    Raises:
        UnavailableError: `KERASFT_HOME` is not set, and this user has no home.
    """
    if (home := known_home()) is None:
        raise UnavailableError(
            "this user has no home folder, where kerasft could keep files; set KERASFT_HOME to a folder that can be "
            "written"
        )
    return home


def known_home() -> Path | None:
    """Returns `kerasft_home()`, or None where there is none, for work that can do without."""
    home = Path(os.path.expanduser(os.environ.get("KERASFT_HOME") or "~/.cache/kerasft"))
    return None if home.parts[:1] == ("~",) else home


def writable(folder: Path) -> bool:
    """Returns whether files can be written into a folder, which may have to be made first; nothing is made."""
    import tempfile

    nearest = next(each for each in (folder, *folder.absolute().parents) if os.path.lexists(each))
    try:
        with tempfile.TemporaryFile(dir=nearest) as file:
            file.write(b"x")
            file.flush()
        return True
    except OSError:
        return False


def has_gpu() -> bool:
    """Returns whether the Keras backend sees a GPU."""
    return _gpu_capability() is not None


def free_gpu_memory() -> int:
    """Returns the bytes of the first GPU that JAX may still take; 0 without one, and on TensorFlow."""
    import keras

    if keras.backend.backend() != "jax" or not has_gpu():
        return 0
    import jax

    stats = jax.local_devices()[0].memory_stats() or {}
    return stats.get("bytes_limit", 0) - stats.get("bytes_in_use", 0)


def jit_compile() -> bool | str:
    """Returns whether Keras should compile with XLA: not under TensorFlow on CPUs, where it is several times slower."""
    import keras

    return False if keras.backend.backend() == "tensorflow" and not has_gpu() else "auto"


def versions(*packages: str) -> dict[str, str]:
    """Returns the versions of Python and of packages, without importing them; default: those a result depends on."""
    import platform
    from importlib import metadata

    found = {"python": platform.python_version()}
    for package in packages or _DECISIVE:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found


def gpu_names() -> list[str]:
    """Returns the model of each GPU that the Keras backend sees."""
    return [name for name, _ in _gpus()]


def _gpu_capability() -> tuple[int, int] | None:
    """Returns the lowest compute capability of the GPUs, or None without a GPU."""
    return min((capability for _, capability in _gpus()), default=None)


def _gpus() -> list[tuple[str, tuple[int, int]]]:
    """Returns the model and the compute capability of each GPU."""
    import keras

    if keras.backend.backend() == "jax":
        gpus = [device for device in devices.of_jax() if device.platform == "gpu"]
        return [(gpu.device_kind, _numbers(getattr(gpu, "compute_capability", "0.0"))) for gpu in gpus]
    import tensorflow as tf

    from kerasft.base.quiet import quiet

    with quiet():  # without a driver, TensorFlow reports an error that is none
        found = tf.config.get_visible_devices("GPU")
    details = [tf.config.experimental.get_device_details(gpu) for gpu in found]
    return [(each.get("device_name", "GPU"), each.get("compute_capability", (0, 0))) for each in details]


def _numbers(version: object) -> tuple[int, int]:
    major, minor, *_ = [*str(version).split("."), "0"]
    return int(major), int(minor)
