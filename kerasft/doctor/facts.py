"""What there is on this computer, collected without judging; the judging is in `environment.py`.

Libraries are imported in a child process: a broken one may end the process that imports it.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import tempfile
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

from kerasft.base import children
from kerasft.base.environment import known_home, writable
from kerasft.base.json_values import JsonFields
from kerasft.base.keras_settings import keras_home, read_settings

PACKAGES = (
    "kerasft", "keras", "keras-hub", "tensorflow", "tensorflow-cpu", "tensorflow-intel", "tensorflow-text",
    "tf-nightly", "tf-keras", "jax", "torch", "numpy", "Pillow", "h5py", "scikit-learn", "ai-edge-litert",
)  # fmt: skip
VARIABLES = (
    "KERAS_BACKEND", "KERAS_HOME", "KERASFT_HOME", "TF_USE_LEGACY_KERAS", "TF_ENABLE_ONEDNN_OPTS",
    "TF_FORCE_GPU_ALLOW_GROWTH", "CUDA_VISIBLE_DEVICES", "KERASFT_DEVICE", "TMPDIR",
)  # fmt: skip
_KERAS_SWITCHES = ("KERAS_BACKEND", "TF_USE_LEGACY_KERAS", "KERAS_HOME")
_TIMEOUT = 180  # seconds; importing TensorFlow from a network drive takes a minute
_PROBE = """
import json, os
def tell(name, call):
    try:
        value = call()
    except BaseException as error:
        value = {"error": type(error).__name__ + ": " + (str(error).strip().splitlines() or [""])[-1][:300]}
    print("KERASFT " + json.dumps([name, value]), flush=True)
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
def tensorflow():
    import tensorflow as tf
    gpus = tf.config.list_physical_devices("GPU")
    details = [tf.config.experimental.get_device_details(gpu) for gpu in gpus]
    built = bool(tf.test.is_built_with_cuda())
    return {"version": tf.__version__, "cuda": built, "gpus": [str(d.get("device_name", "GPU")) for d in details]}
def keras():
    import keras
    from kerasft.base.environment import resolve_precision
    image = keras.config.image_data_format()
    return {"version": keras.__version__, "backend": keras.backend.backend(), "floatx": keras.config.floatx(),
            "image_data_format": image, "precision": resolve_precision("auto")}
def litert():
    from ai_edge_litert.interpreter import Interpreter
    return {}
def text():
    import tensorflow_text
    return {"version": tensorflow_text.__version__}
calls = {"tensorflow": tensorflow, "keras": keras, "ai_edge_litert": litert, "tensorflow_text": text}
for name in sys.argv[1:]:
    tell(name, calls[name])
"""


@dataclass(frozen=True)
class Facts:
    """What was found.

    Args:
        python: Version of Python, as numbers.
        system: "Linux", "Darwin" or "Windows".
        packages: Versions of `PACKAGES`; a package that is missing is not in it.
        variables: Those of `VARIABLES` that are set.
        keras_json: What ~/.keras/keras.json holds; None without one; a text if it can't be read.
        imported: Library -> what it told about itself, {"error": ...}, or {} if it ended the process.
        folders: Purpose -> (folder, free MB; -1 if it can't be written).
        gpu_tool: Whether nvidia-smi is there, so presumably a GPU.
        cpus: Processor cores that may be used.
    """

    python: tuple[int, int, int]
    system: str
    packages: dict[str, str]
    variables: dict[str, str] = field(default_factory=dict)
    keras_json: object = None
    imported: dict[str, JsonFields] = field(default_factory=dict)
    folders: dict[str, tuple[str, float]] = field(default_factory=dict)
    gpu_tool: bool = False
    cpus: int = 1


def collect() -> Facts:
    """Looks at this computer; takes as long as TensorFlow takes to be imported."""
    major, minor, micro = (int(part) for part in platform.python_version_tuple()[:3])
    home = keras_home()
    folders = {
        "kerasft's home": known_home(),
        "Keras' home": home,
        "temporary files": _temporary(),
        "runs": Path("saved_models").absolute(),
    }
    return Facts(
        python=(major, minor, micro),
        system=platform.system(),
        packages=_versions(),
        variables={name: os.environ[name] for name in VARIABLES if name in os.environ},
        keras_json=read_settings(home / "keras.json"),
        imported=_imported(),
        folders={
            purpose: ("no folder", -1.0) if path is None else (str(path), _free_megabytes(path))
            for purpose, path in folders.items()
        },
        gpu_tool=shutil.which("nvidia-smi") is not None,
        cpus=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
    )


def _versions() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def _imported() -> dict[str, JsonFields]:
    """Keras with the switches as they are; the others without Keras' switches, so that each tells of itself."""
    plain = {name: value for name, value in os.environ.items() if name not in _KERAS_SWITCHES}
    others = _probe(plain, "tensorflow", "ai_edge_litert", "tensorflow_text")
    return others | _probe(dict(os.environ), "keras")


def _probe(variables: dict[str, str], *names: str) -> dict[str, JsonFields]:
    try:
        output = children.run_code(_PROBE, names, variables=variables, timeout=_TIMEOUT).stdout
    except children.TimeoutExpired as error:
        output = error.stdout.decode() if isinstance(error.stdout, bytes) else error.stdout or ""
    lines = [line.removeprefix("KERASFT ") for line in output.splitlines() if line.startswith("KERASFT ")]
    return dict(json.loads(line) for line in lines)


def _temporary() -> Path | None:
    try:
        return Path(tempfile.gettempdir())
    except FileNotFoundError:  # no folder that tempfile knows can be written
        return None


def _free_megabytes(path: Path) -> float:
    """Returns the room in a folder that exists or could be made, in MB; -1 if nothing can be written there."""
    nearest = next(parent for parent in (path, *path.absolute().parents) if os.path.lexists(parent))
    try:
        return shutil.disk_usage(nearest).free / 1e6 if writable(nearest) else -1.0
    except OSError:
        return -1.0
