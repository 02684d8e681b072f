"""What Keras will take from the shell and from keras.json, and whether kerasft works on it; Keras isn't imported.

Keras reads these at its import. A backend that lacks `fit`, or isn't installed, ends in an error of Keras long after,
or at once with one that names a module nobody asked for.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from kerasft.base.errors import Problem, raise_problems
from kerasft.base.shells import set_variable

BACKENDS = ("tensorflow", "jax")
SETTINGS = {"floatx": "float32", "image_data_format": "channels_last"}  # that kerasft's models are made for
VARIABLE = "KERAS_BACKEND"


def keras_home() -> Path:
    """The folder of keras.json: `KERAS_HOME`, or ~/.keras."""
    return Path(os.path.expanduser(os.environ.get("KERAS_HOME") or os.path.join("~", ".keras")))


def read_settings(path: Path) -> object:
    """Returns what a keras.json holds; None without one; a text that says why it can't be read."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        return f"{path}: {error}"


def wrong_settings(settings: object) -> list[str]:
    """Returns what of a keras.json changes every model: "floatx is 'float16'"."""
    if not isinstance(settings, dict):
        return []
    return [
        f"{key} is {settings[key]!r}" for key, right in SETTINGS.items() if settings.get(key, right) != right
    ]


def chosen_backend(variables: Mapping[str, str], settings: object) -> tuple[str, str]:
    """Returns the backend that Keras will take, and what names it: "KERAS_BACKEND", "keras.json" or ""."""
    if variables.get(VARIABLE):
        return variables[VARIABLE], VARIABLE
    if isinstance(settings, dict) and "backend" in settings:
        return str(settings["backend"]), "keras.json"
    return BACKENDS[0], ""


def require_backend() -> None:
    """Refuses, before Keras is imported, a backend or settings that kerasft can't work with.

    Raises:
        InputError: Names the setting and the way out.
    """
    path = keras_home() / "keras.json"
    settings = read_settings(path)
    name, source = chosen_backend(os.environ, settings)
    imported = getattr(getattr(sys.modules.get("keras"), "backend", None), "backend", None)
    if imported is not None:
        name, source = imported(), source if imported() == name else "keras.json"
    raise_problems([*_backend_problems(name, source, path), *_settings_problems(settings, path)])


def way_out(name: str, source: str, path: Path | str) -> str:
    """Returns what to do about a backend that isn't one of ours, or isn't there."""
    steps = [set_variable(VARIABLE, BACKENDS[0])]
    if source == "keras.json":
        steps.append(f'write "backend": "{BACKENDS[0]}" into {path}')
    if name in BACKENDS:
        steps.insert(0, f"pip install {name}")
    if "keras" in sys.modules:
        steps.append("before Keras is imported")
    return ", ".join(steps) if "keras" in sys.modules else ", or ".join(steps)


def _backend_problems(name: str, source: str, path: Path) -> list[Problem]:
    received = f"{VARIABLE}={name}" if source == VARIABLE else f'"backend": "{name}" in {path}'
    if name not in BACKENDS:
        what = f"Keras is set to the backend {name}, and kerasft works with {' and '.join(BACKENDS)}"
    elif importlib.util.find_spec(name) is None:
        what = f"Keras is set to the backend {name}, which is not installed"
    else:
        return []
    return [Problem(what, received if source else "", way_out(name, source, path))]


def _settings_problems(settings: object, path: Path) -> list[Problem]:
    found = wrong_settings(settings)
    if settings is not None and not isinstance(settings, dict | str):
        found = ["it holds no settings"]
    return [
        Problem(
            f"the settings of Keras change every model: {' and '.join(found)}",
            str(path),
            "delete that file: Keras writes it again with its defaults",
        )
        for _ in found[:1]
    ]
