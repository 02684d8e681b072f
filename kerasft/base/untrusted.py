"""What a run must be before anything in it is used: runs are handed in, mailed and downloaded.

Nothing in a run folder is code, and nothing in it is believed: not the names of its files, which may be links to
somewhere else, not the sizes, and not the types of what its JSON files hold.
"""

from __future__ import annotations

import math
import os
import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kerasft.base import files
from kerasft.base.bounded import RefusedFile
from kerasft.base.errors import InputError, Problem, raise_problems
from kerasft.base.files import MOST_JSON_BYTES
from kerasft.base.json_values import JsonFields
from kerasft.base.places import require_local

MOST_FILES = 10_000
MOST_NUMBER = 10_000_000  # in an architecture: more than any vocabulary
MOST_PARTS = 4096  # of what an architecture counts: layers, heads, repeats
PHASE_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
HINT = "get it again from where it came, or train again"
_LARGEST_FLOAT32 = 3e38
_SHA256 = re.compile(r"[0-9a-f]{64}")
_COUNTED = re.compile(r"num_|.*(repeat|depth|block|layers)")


def check_folder(folder: Path, name: str = "run folder", links: str = "inside") -> None:
    """Refuses links out of a folder, and whatever is neither a file nor a folder.

    The folder itself may be reached by a link.

    Args:
        folder: The folder.
        name: What it is, for messages.
        links: Which links are fine: "inside" the folder, "none", or "files" anywhere, as the cache of the Hugging Face
            hub has them.

    Raises:
        InputError: All that is wrong.
    """
    root = folder.resolve()
    problems = []
    for count, path in enumerate(_walk(root)):
        where = path.relative_to(root).as_posix()
        if count >= MOST_FILES:
            problems.append(Problem(f"the folder holds more than {MOST_FILES} files", str(folder), HINT))
            break
        try:
            mode = path.lstat().st_mode
        except FileNotFoundError:  # a temporary file of a training that runs now
            continue
        if stat.S_ISLNK(mode) and links == "none":
            problems.append(Problem(f"a link is in the {name}", where, "put the file itself there"))
        elif stat.S_ISLNK(mode) and links == "inside" and not path.resolve().is_relative_to(root):
            what = f"a link in the {name} leads out of it"
            problems.append(Problem(what, where, "put the file itself there"))
        elif not (path.is_file() or path.is_dir() or not path.exists()):  # a named pipe would wait for ever
            problems.append(Problem(f"something in the {name} is no plain file", where, "remove it"))
    raise_problems(problems)


def _walk(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        yield from (Path(folder) / name for name in (*folders, *names))


def read_object(path: Path, most_bytes: int = MOST_JSON_BYTES) -> JsonFields:
    """Reads a JSON object.

    Raises:
        InputError: It can't be read, is too large, or is no object.
    """
    try:
        value = files.read_json(path, most_bytes)
    except RefusedFile as error:
        raise unusable(path, str(error.strerror)) from error
    except (OSError, ValueError) as error:
        raise unusable(path, "it is no JSON file") from error
    if not isinstance(value, dict):
        raise unusable(path, "it holds no object")
    return value


def check_config(config: JsonFields, path: Path, version: int) -> None:
    """Checks the types in a run's config.json, and that its model can be built without asking anybody else.

    Unknown keys are left alone: a run may be of a later version. What the model's own part holds is checked by
    `kerasft.base.options.from_dict`, and what only one task needs by `Task.stored_problem`.

    Raises:
        InputError: Something is missing or of another type, or a newer kerasft than `version` wrote it.
    """
    written = config.get("format")
    _require(isinstance(written, int), path, "'format' is missing or no number")
    if written > version:  # type: ignore[operator]
        raise InputError(Problem("the run was made by a newer kerasft", str(path.parent), "upgrade kerasft"))
    kinds = {"model": dict, "data": dict, "phases": list, "training": dict, "versions": dict}
    for key, kind in kinds.items():
        _require(isinstance(config.get(key), kind), path, f"{key!r} is missing or no {kind.__name__}")
    _require(all(_is_text(each) for each in config["versions"].values()), path, "'versions' holds no texts")
    data = config["data"]
    _require(_is_name(data.get("source")), path, "'source' is missing or no text")
    for key in ("data_dir", "group", "validation_data", "test_data"):
        _require(data.get(key) is None or _is_name(data[key]), path, f"{key!r} is no text")
    _require(type(data.get("seed", 0)) is int, path, "'seed' is no whole number")
    if (columns := data.get("columns")) is not None:
        _require(isinstance(columns, dict), path, "'columns' is no dict")
        for key, name in columns.items():
            fits = isinstance(name, bool) if key == "required" else name is None or _is_name(name)
            _require(fits, path, f"{key!r:.40} is of another type")
    from_run = config.get("from_run")
    _require(from_run is None or _is_text(from_run), path, "'from_run' is no text")
    by = [config.get("kernels", {}), *_list_of(config, "resumed_by", path)]
    named = all(isinstance(each, dict) and all(map(_is_text, each.values())) for each in by)
    _require(named, path, "'kernels' or 'resumed_by' holds no texts")
    _check_plan(config, path)
    _check_model(config["model"], path)


def check_places(data: JsonFields) -> None:
    """Refuses a run whose data is said to be anywhere but on this computer, before anything looks there.

    Args:
        data: What config.json says of the data.

    Raises:
        InputError: A source or a folder of it is a URL or a path of another computer.
    """
    names = ("source", "validation_data", "test_data", "data_dir", "group")
    places = [str(data[name]).removeprefix("tfds:") for name in names if data.get(name) is not None]
    require_local(places, "the run", "copy the data here and give its place")


def _check_plan(config: JsonFields, path: Path) -> None:
    """Phases, training and features are read as types when a run goes on; here, as what JSON may hold of them."""
    for phase in config["phases"]:
        _require(isinstance(phase, dict), path, "a phase is no dict")
        name = phase.get("name")
        _require(_is_text(name) and PHASE_NAME.fullmatch(name), path, "a phase has no name")
        _require(_is_flat(phase), path, f"the phase {name!r} holds more than numbers and texts")
    _require(_is_flat(config["training"]), path, "'training' holds more than numbers and texts")
    features = config.get("features", [])
    flat = isinstance(features, list) and all(isinstance(each, dict) and _is_flat(each) for each in features)
    _require(flat, path, "'features' is no list of what phases keep")
    _require(_is_text(config.get("precision", "")), path, "'precision' is no text")


def _list_of(config: JsonFields, key: str, path: Path) -> list[Any]:
    found = config.get(key, [])
    _require(isinstance(found, list), path, f"{key!r} is no list")
    return found


def _is_flat(values: JsonFields) -> bool:
    return all(each is None or isinstance(each, str | int | float) for each in values.values())


def _check_model(model: JsonFields, path: Path) -> None:
    """A backbone by a name alone would be read from a network or another folder, which the run doesn't need."""
    architecture = model.get("backbone_config")
    needed = str(model.get("backbone")).startswith("hub:")
    _require(isinstance(architecture, dict) or not needed, path, "'backbone_config' is missing")
    wrong = architecture_problem(architecture or {})
    _require(not wrong, path, wrong)


def architecture_problem(architecture: JsonFields) -> str:
    """Returns which number of an architecture is larger than any network needs, or ""."""
    for key, value in _numbers(architecture):
        most = MOST_PARTS if _COUNTED.match(key) else MOST_NUMBER
        if abs(value) > most:
            return f"{key!r:.80} of the architecture is {value!r:.40}, and at most {most} is taken"
    return ""


def _numbers(value: object, key: str = "") -> Iterator[tuple[str, float]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _numbers(inner, str(name))
    elif isinstance(value, list):
        yield f"num_{key}", len(value)
        for inner in value:
            yield from _numbers(inner, key)
    elif isinstance(value, int | float):
        yield key, value if math.isfinite(value) else MOST_NUMBER + 1


def check_result(result: JsonFields, path: Path) -> None:
    """Checks the types in a run's result.json, and that its phases can't name files elsewhere.

    Raises:
        InputError: Something is missing or of another type.
    """
    phases, weights = result.get("phases"), result.get("weights")
    _require(isinstance(phases, dict) and isinstance(weights, dict), path, "'phases' or 'weights' is missing")
    assert isinstance(phases, dict) and isinstance(weights, dict)
    for name in (*phases, *weights):
        _require(PHASE_NAME.fullmatch(name) is not None, path, f"{name[:70]!r} is no name of a phase")
    for name, reached in phases.items():
        _require(isinstance(reached, dict), path, "a phase is no dict")
        layers = reached.get("trained_layers", [])
        named = isinstance(layers, list) and all(_is_text(each) for each in layers)
        _require(named, path, f"'trained_layers' of {name!r} is no list of names")
        metrics = reached.get("metrics", {})
        numbers = isinstance(metrics, dict) and all(
            PHASE_NAME.fullmatch(key) and type(value) in (int, float) for key, value in metrics.items()
        )
        _require(numbers, path, f"'metrics' of {name!r} are no numbers by name")
        rest = {key: value for key, value in reached.items() if key not in ("trained_layers", "metrics")}
        _require(_is_flat(rest), path, f"the phase {name!r} holds more than numbers and texts")
    best = result.get("best")
    _require(isinstance(best, str) and best in phases, path, "'best' is none of the phases")
    for name, recorded in weights.items():
        good = isinstance(recorded, dict) and _is_sha256(recorded.get("sha256")) and _is_probe(recorded)
        _require(good, path, f"the weights {name!r} have no hash or no probe")


def _is_sha256(value: object) -> bool:
    return isinstance(value, str) and _SHA256.fullmatch(value) is not None


def _is_probe(recorded: JsonFields) -> bool:
    probe = recorded.get("probe")
    return isinstance(probe, list) and all(
        type(v) in (int, float) and abs(v) < _LARGEST_FLOAT32 for v in probe
    )


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_name(value: object) -> bool:
    """No file has a NUL in its name, and who asks for one gets an error that names nothing."""
    return isinstance(value, str) and "\0" not in value


def _require(holds: object, path: Path, why: str) -> None:
    if not holds:
        raise unusable(path, why)


def unusable(path: Path, why: str) -> InputError:
    """Returns the error of a file of a run that can't be used, and why not."""
    return InputError(Problem(f"the run's {path.name} can't be read, {why}", str(path), HINT))
