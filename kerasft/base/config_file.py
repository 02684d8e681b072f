"""The options of a recipe in a file: YAML or JSON, or what a run was trained with."""

from __future__ import annotations

import contextlib
import contextvars
import json
import os
from collections.abc import Iterator
from pathlib import Path

from kerasft.base import bounded
from kerasft.base.errors import InputError, Problem, first_line
from kerasft.base.json_values import JsonObject
from kerasft.base.yaml_values import parse_yaml

DEFAULTS = (
    "KERASFT_CONFIG"  # names a file whose values are the defaults of every recipe that has such options
)
NOT_REPEATED = ("run_dir", "overwrite")  # where a run goes is said anew
_RUN, _KEY = "config.json", "recipe"
_MOST_BYTES = 1_000_000
_used: contextvars.ContextVar[JsonObject | None] = contextvars.ContextVar("used", default=None)

Options = dict[str, object]  # texts, numbers, booleans and None by the names of fields


def read_options(path: str | Path) -> Options:
    """Returns the options in a file, or those of a run.

    Args:
        path: A .yaml, .yml or .json that holds one object, or a run folder.

    Raises:
        InputError: It can't be read, or holds something else.
    """
    path = Path(path)
    try:
        if path.is_dir():
            return _of_run(path)
        if path.suffix.lower() not in (".yaml", ".yml", ".json"):
            raise InputError(Problem("--config takes a .yaml, a .json or a run folder", str(path)))
        values = _parsed(bounded.read_bytes(path, _MOST_BYTES), path.suffix.lower())
    except (OSError, ValueError, RecursionError) as error:
        hint = "give a .yaml or .json with one option in each line: tune_epochs: 5"
        raise InputError(
            Problem(f"the config can't be read: {first_line(error)}", str(path), hint)
        ) from error
    return _plain(values, path)


def defaults() -> Options:
    """Returns the options of the file that the environment names; nothing where it names none."""
    named = os.environ.get(DEFAULTS)
    return read_options(named) if named else {}


@contextlib.contextmanager
def recorded(recipe: str, options: JsonObject) -> Iterator[None]:
    """Lets runs that are trained inside write down by which recipe and options."""
    token = _used.set({"name": recipe, "options": options})
    try:
        yield
    finally:
        _used.reset(token)


def in_use() -> JsonObject | None:
    """Returns recipe and options that a run is trained by; None outside of `recorded`."""
    return _used.get()


def _of_run(folder: Path) -> Options:
    try:
        found = json.loads(bounded.read_bytes(folder / _RUN, _MOST_BYTES))
    except FileNotFoundError:
        raise InputError(Problem("this folder is not a run", str(folder), "give a run, or a .yaml")) from None
    told = found.get(_KEY) if isinstance(found, dict) else None
    options = told.get("options") if isinstance(told, dict) else None
    if not isinstance(options, dict):
        hint = "its config.json has phases and training"
        raise InputError(Problem("the run was not trained by a recipe's command line", str(folder), hint))
    return {name: value for name, value in _plain(options, folder).items() if name not in NOT_REPEATED}


def _parsed(content: bytes, suffix: str) -> object:
    text = content.decode("utf-8")
    return json.loads(text) if suffix == ".json" else parse_yaml(text)


def _plain(values: object, path: Path) -> Options:
    if not isinstance(values, dict):
        raise InputError(Problem("the config holds no options", str(path), "for example tune_epochs: 5"))
    problems = [
        Problem(f"the option {name!r:.60} in {path.name} is no text, number or yes and no", f"{value!r:.60}")
        for name, value in values.items()
        if not isinstance(name, str) or not (value is None or isinstance(value, str | int | float))
    ]
    if problems:
        raise InputError(problems)
    return {name.lstrip("-").replace("-", "_"): value for name, value in values.items()}
