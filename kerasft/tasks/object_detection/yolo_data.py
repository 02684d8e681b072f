"""Where YOLO's data is: `data.yaml` of Ultralytics and Roboflow, `obj.data` of CVAT and Darknet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kerasft.base.bounded import read_bytes
from kerasft.base.errors import InputError, Problem
from kerasft.base.json_values import JsonFields
from kerasft.base.places import elsewhere
from kerasft.base.yaml_values import parse_yaml
from kerasft.data.class_list import names_of

_MOST_BYTES = 1_000_000
_KEYS = {
    "train": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
}
_YAML, _DARKNET = ("data.yaml", "data.yml", "dataset.yaml", "dataset.yml"), ("obj.data",)


@dataclass(frozen=True)
class YoloData:
    """What a file says of the data.

    Args:
        names: Of the classes by number; None where it names none.
        sets: Of each split, the folders and lists of images, as it has them.
        roots: Folders that these are relative to, the likeliest first.
        keypoints: Numbers of key points behind each box.
    """

    names: Mapping[int, str] | None = None
    sets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    roots: tuple[Path, ...] = ()
    keypoints: int = 0


def data_file(source: Path) -> Path | None:
    """Returns the file that says where data is: the source, or one in its folder; None where there is none."""
    if not source.is_dir():
        return source if source.suffix.lower() in (".yaml", ".yml", ".data") else None
    return next((source / name for name in (*_YAML, *_DARKNET) if (source / name).is_file()), None)


def read_data(path: Path) -> YoloData:
    """Reads such a file. What it says of downloads is not looked at.

    Raises:
        InputError: It can't be read, or leads off this computer.
    """
    try:
        text = read_bytes(path, _MOST_BYTES).decode("utf-8-sig")
        found = (
            _of_darknet(text, path) if path.suffix.lower() == ".data" else _of_yaml(parse_yaml(text), path)
        )
    except (OSError, ValueError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        why = getattr(error, "strerror", None) or " ".join(str(error).split())[:100]
        step = "write names, train and val, as Ultralytics has them"
        raise InputError(Problem(f"the file of the data can't be read: {why}", str(path), step)) from None
    away = [(each, why) for places in found.sets.values() for each in places if (why := elsewhere(each))]
    if away:
        what = f"the file of the data names {away[0][1]}, and only files of this computer are read"
        raise InputError(Problem(what, away[0][0], "copy the images here and write their folder"))
    return found


def _of_yaml(values: object, path: Path) -> YoloData:
    if not isinstance(values, dict):
        raise ValueError("it holds no object")
    sets: dict[str, tuple[str, ...]] = {}
    for key, split in _KEYS.items():
        given = values.get(key)
        listed = given if isinstance(given, list) else [] if given is None else [given]
        if not all(isinstance(each, str) for each in listed):
            raise ValueError(f"{key} is no folder of images")
        if listed:
            sets[split] = (*sets.get(split, ()), *listed)
    root = values.get("path") or ""
    if not isinstance(root, str) or elsewhere(root):
        raise ValueError("path is no folder of this computer")
    return YoloData(_names(values.get("names")), sets, (path.parent / root, path.parent), _keypoints(values))


def _names(given: object) -> Mapping[int, str] | None:
    """Returns names of a list, or of an object by number."""
    if given is None:
        return None
    found = dict(enumerate(given)) if isinstance(given, list) else given
    if not isinstance(found, dict) or not all(type(number) is int and number >= 0 for number in found):
        raise ValueError("names is neither a list nor an object of numbers and names")
    for name in found.values():
        if not isinstance(name, str | int | float) or isinstance(name, bool):
            raise ValueError(f"names has {name!r:.40}, which is no text; write it in quotation marks")
    return {number: str(found[number]) for number in sorted(found)}


def _keypoints(values: JsonFields) -> int:
    shape = values.get("kpt_shape")
    if (
        not isinstance(shape, list)
        or len(shape) != 2
        or not all(type(each) is int and each > 0 for each in shape)
    ):
        return 0
    return shape[0] * shape[1]


def _of_darknet(text: str, path: Path) -> YoloData:
    values = {
        key.strip(): value.strip() for line in text.splitlines() for key, _, value in [line.partition("=")]
    }
    sets = {split: (values[key],) for key, split in _KEYS.items() if values.get(key)}
    names = None
    if file := values.get("names"):
        if elsewhere(file):
            raise ValueError("names is no file of this computer")
        listed = names_of(
            next((each for each in _places(file, path.parent) if each.is_file()), Path(file)), None
        )
        names = dict(enumerate(listed or ()))
    return YoloData(names, sets, (path.parent,))


def _places(name: str, root: Path) -> list[Path]:
    """Returns where a file may be that Darknet's data names: CVAT writes `data/` before what lies beside it."""
    return [root / name, root / name.removeprefix("data/")]


def place_of(name: str, roots: tuple[Path, ...]) -> Path | None:
    """Returns the folder or the list of images that is meant; None where it isn't there.

    Roboflow writes `../train/images` for what lies beside its file.
    """
    bare = name.replace("\\", "/")
    while bare.startswith(("../", "./")):
        bare = bare.partition("/")[2]
    ways = (root / each for root in roots for each in (name, bare, bare.removeprefix("data/")))
    return next((each for each in ways if _exists(each)), None)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False
