"""In which settings runs differ, as their config.json has them; a run may come from anybody, so texts are cut."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from kerasft.base import files
from kerasft.base.errors import InputError
from kerasft.base.wording import clip, shorten
from kerasft.predicting.evaluate import run_of

Settings = Mapping[str, str]

SURROUNDINGS = ("features", "kernels", "precision", "versions")  # what a machine decides, and not a user
_UNTOLD = ("command", "created", "format")
_MOST, _LONGEST = 500, 120  # settings, characters


def settings_of(artifact: object) -> Settings:
    """Returns the settings that an artifact was trained with, as texts by name; {} where no run is known."""
    try:
        run = run_of(artifact)
    except InputError:
        return {}
    told = {name: value for name, value in run.config.items() if name not in _UNTOLD}
    found = dict(list(_flat("", told))[:_MOST])
    found.pop("recipe options run dir", None)  # the name of the run itself
    path = Path(artifact) if isinstance(artifact, str | os.PathLike) else run.run_dir
    if path.resolve() != run.run_dir.resolve():
        found |= {"file": clip(path.name, _LONGEST), "file MB": f"{files.megabytes(path):.2f}"}
    return found


def differing(settings: Sequence[Settings]) -> list[tuple[str, list[str]]]:
    """Returns the names and values of what isn't the same in all; "–" where one has no such setting."""
    names = dict.fromkeys(name for each in settings for name in each)
    rows = [(name, [each.get(name, "–") for each in settings]) for name in names]
    return [(name, values) for name, values in rows if len(set(values)) > 1]


def _flat(name: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        parts = [(str(key), each) for key, each in value.items()]
    elif isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
        parts = [(str(each.get("name", place + 1)), each) for place, each in enumerate(value)]
    else:
        yield name, clip(shorten(map(str, value)) if isinstance(value, list) else str(value), _LONGEST)
        return
    for key, each in parts:
        yield from _flat(clip(f"{name} {key}".strip().replace("_", " "), _LONGEST), each)
