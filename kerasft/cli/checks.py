"""Checks of what a config's values name (data, backbones, folders), before anything slow begins."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from kerasft.base.errors import InputError, Problem
from kerasft.base.options import check, flag, option_of
from kerasft.base.shells import quoted

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

NAMED_DATA = ("digits", "messages", "message-pairs")


def check_all(config: DataclassInstance) -> list[Problem]:
    """Returns all problems of a config: types, limits, and what its values name.

    Args:
        config: A dataclass made with `option`, e.g. a recipe's `Config`.
    """
    problems = check(config)
    for field in dataclasses.fields(config):
        value, known = getattr(config, field.name), option_of(config, field.name)
        if not isinstance(value, str):
            continue
        if (kind := known.get("kind", "")) and value != field.default:
            problems += _CHECKS[kind](value, config, flag(field.name))
        if find := known.get("find"):
            problems += _lookup_problems(find, value)
    return problems


def _data_problems(source: str, config: DataclassInstance, typed: str) -> list[Problem]:
    if source in NAMED_DATA or source.startswith(("sample:", "tfds:")) or os.path.exists(source):
        return []
    return [Problem("the data does not exist", source, f"give a folder, a table or tfds:NAME with {typed}")]


def _lookup_problems(find: Callable[[str], object], name: str) -> list[Problem]:
    try:
        find(name)
    except InputError as error:
        return list(error.problems)
    return []


def _run_problems(folder: str, config: DataclassInstance, typed: str) -> list[Problem]:
    if (Path(folder) / "config.json").is_file():
        return []
    return [Problem("there is no run in this folder", folder, "give a folder that `kerasft train` made")]


def _new_run_problems(folder: str, config: DataclassInstance, typed: str) -> list[Problem]:
    path = Path(folder)
    if path.is_file():
        return [Problem("the run folder is a file", folder, "choose another --run-dir")]
    if path.is_dir() and any(path.iterdir()) and not getattr(config, "overwrite", False):
        if any((path / name).is_file() for name in _STOPPED):
            hint = f"go on with `kerasft train --resume {quoted(folder)}`, or add --overwrite to start again"
            return [Problem("the run folder holds a run that was stopped", folder, hint)]
        return [Problem("the run folder is not empty", folder, "add --overwrite or choose another --run-dir")]
    nearest = next(parent for parent in [path, *path.absolute().parents] if parent.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK):
        return [Problem("the run folder can't be written", folder, "choose another --run-dir")]
    return []


_STOPPED = ("start.safetensors", "checkpoint.safetensors")  # a run has them until it is done
_CHECKS: dict[str, Callable[[str, DataclassInstance, str], list[Problem]]] = {
    "data": _data_problems,
    "run": _run_problems,
    "new-run": _new_run_problems,
}
