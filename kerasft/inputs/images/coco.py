"""COCO's JSON: images with what is on them, whichever way a task takes that.

One file; a folder whose train/, valid/ and test/ have `_annotations.coco.json` beside their images, as Roboflow exports
it; or a folder with annotations/instances_NAME.json and images/, as COCO and CVAT have it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kerasft.base.bounded import read_bytes
from kerasft.base.errors import InputError, Problem
from kerasft.base.files import read_json
from kerasft.base.json_values import JsonFields
from kerasft.base.places import elsewhere
from kerasft.base.wording import shorten
from kerasft.data.listing import SPLIT_NAMES, find_file

BESIDE = "_annotations.coco.json"
_INSTANCES = re.compile(r"instances_([a-z]+)\d*\.json", re.IGNORECASE)
_MOST_BYTES = 1_000_000_000
_FOLDERS = ("", "images/", "train/", "val/", "../images/", "../", "../train2017/", "../val2017/")
_UPLOADED = re.compile(r"[0-9a-f]{8}-")  # what Label Studio puts before the name of an uploaded file
_SHAPE = re.compile(rb'"segmentation"\s*:\s*(?:\[\s*[\[\d.-]|\{)')


class _OneNameError(ValueError):
    """Two classes have one name."""


@dataclass
class CocoImage:
    """An image, and what is on it.

    Args:
        name: The file, as the JSON has it.
        height: In pixels; None where the JSON doesn't say.
        width: In pixels; None where the JSON doesn't say.
        things: The name of the class and the annotation of each thing.
    """

    name: str
    height: int | None
    width: int | None
    things: list[tuple[str, JsonFields]] = field(default_factory=list)


@dataclass(frozen=True)
class Coco:
    """What a file says.

    Args:
        names: The classes in the order of their ids.
        images: All images, those with nothing on them too.
        notes: Remarks.
    """

    names: tuple[str, ...]
    images: tuple[CocoImage, ...]
    notes: tuple[str, ...] = ()


def coco_files(source: Path) -> dict[str, Path]:
    """Returns the files of a source by split, "" where it has none; {} where the source is of another form."""
    if source.suffix.lower() == ".json" and not source.is_dir():
        return {"": source}
    if not source.is_dir():
        return {}
    inside = {name: source / name / BESIDE for name in SPLIT_NAMES}
    found = {SPLIT_NAMES[name]: path for name, path in inside.items() if path.is_file()}
    if found or (source / BESIDE).is_file():
        return found or {"": source / BESIDE}
    return _instances(source / "annotations")


def _instances(folder: Path) -> dict[str, Path]:
    """Returns COCO's own files by split, or the one that has no split's name."""
    try:
        names = sorted(each.name for each in folder.iterdir() if _INSTANCES.fullmatch(each.name))
    except OSError:
        return {}
    found: dict[str, Path] = {}
    for name in names:
        match = _INSTANCES.fullmatch(name)
        found.setdefault(SPLIT_NAMES.get(match[1].lower(), "") if match else "", folder / name)
    splits = {split: path for split, path in found.items() if split}
    return splits if "train" in splits else found if len(names) == 1 else {}


def has_shapes(path: Path) -> bool:
    """Returns whether a file has polygons or run lengths, without parsing it; one that can't be read has none."""
    try:
        return _SHAPE.search(read_bytes(path, _MOST_BYTES)) is not None
    except OSError:
        return False


def read_coco(path: Path) -> Coco:
    """Reads a file.

    Raises:
        InputError: It is missing, or isn't COCO's JSON.
    """
    step = "give a file with images, annotations and categories, as COCO's instances have them"
    try:
        values = read_json(path, _MOST_BYTES)
        return _coco_of(values)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        why = getattr(error, "strerror", None) or " ".join(str(error).split())[:100]
        step = "rename one of them in categories" if isinstance(error, _OneNameError) else step
        reads = not isinstance(error, OSError | json.JSONDecodeError | UnicodeDecodeError)
        what = "the annotations can't be used" if reads else "the JSON can't be read"
        raise InputError(Problem(f"{what}: {why}", str(path), step)) from None


def _coco_of(values: JsonFields) -> Coco:
    if not isinstance(values, dict):
        raise ValueError("it holds no object")
    parts = {name: values.get(name) for name in ("images", "annotations", "categories")}
    if missing := [name for name, part in parts.items() if not isinstance(part, list)]:
        raise ValueError(f"it has no list of {', '.join(missing)}")
    for name, part in parts.items():
        _check_ids(name, part or ())
    used = {each["category_id"] for each in parts["annotations"] or ()}
    listed = sorted(parts["categories"] or (), key=lambda each: each["id"])
    of_all = any(each.get("supercategory") != "none" for each in listed)
    categories = {
        each["id"]: str(each["name"])
        for each in listed
        # of Roboflow, the first is the name of all of them
        if each["id"] in used or not of_all or each.get("supercategory") != "none"
    }
    images = {
        each["id"]: CocoImage(str(each["file_name"]), _side(each.get("height")), _side(each.get("width")))
        for each in parts["images"] or ()
    }
    for each in parts["annotations"] or ():
        for what, number, known in (
            ("category", each["category_id"], categories),
            ("image", each["image_id"], images),
        ):
            if number not in known:
                raise ValueError(
                    f"annotation {each.get('id')!r:.20} is of the {what} {number!r:.20}, which is not listed"
                )
        images[each["image_id"]].things.append((categories[each["category_id"]], each))
    notes = _merged(each for each in listed if each["id"] in used)
    return Coco(tuple(dict.fromkeys(categories.values())), tuple(images.values()), tuple(notes))


def _merged(categories: Iterable[JsonFields]) -> list[str]:
    """Returns a remark on each name that several categories share, which are one class then.

    Raises:
        _OneNameError: They are of different supercategories, so nobody means one class.
    """
    by_name: dict[str, list[JsonFields]] = {}
    for each in categories:
        by_name.setdefault(str(each["name"]), []).append(each)
    notes = []
    for name, same in by_name.items():
        above = sorted({str(each["supercategory"]) for each in same if each.get("supercategory")})
        if len(above) > 1:
            raise _OneNameError(
                f"{name!r:.30} is a category of {shorten(above, 2)}, and two classes need two names"
            )
        if len(same) > 1:
            ids = shorten((str(each["id"]) for each in same), 5)
            notes.append(
                f"{len(same)} categories of the JSON are called {name!r} (ids {ids}): they are one class"
            )
    return notes


def _check_ids(name: str, listed: Iterable[JsonFields]) -> None:
    """Refuses two images or classes of one id, as files that were joined have them: annotations can't be told apart."""
    if name == "annotations":
        return
    first: dict[object, object] = {}
    said = "file_name" if name == "images" else "name"
    for each in listed:
        if first.setdefault(each["id"], each[said]) != each[said]:
            raise ValueError(f"two {name} have the id {each['id']!r:.20}")


def _side(value: object) -> int | None:
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
        raise ValueError(f"an image is {value!r:.40} pixels high or wide")
    return value


def image_file(name: str, path: Path, data_dir: str | Path | None) -> Path | None:
    """Returns the file of an image that a JSON names; None where there is none, or it is not of this computer.

    Args:
        name: As the JSON has it.
        path: The JSON.
        data_dir: The folder of the images; None looks for them.
    """
    if elsewhere(name):
        return None
    for each in _names_of(name):
        for root, folder in _places(path, data_dir):
            if (found := find_file(root, f"{folder}{each}")) is not None:
                return found
    return None


def _names_of(name: str) -> Iterator[str]:
    """Yields a name, that of the file alone, and this without what Label Studio has put before it."""
    yield name
    last = name.replace("\\", "/").rpartition("/")[2]
    if last and last != name:
        yield last
    if last and (bare := _UPLOADED.sub("", last, count=1)) != last:
        yield bare


def _places(path: Path, data_dir: str | Path | None) -> list[tuple[Path, str]]:
    if data_dir is not None:
        return [(Path(data_dir), ""), (Path(data_dir), "images/")]
    match = _INSTANCES.fullmatch(path.name)
    of_split = (f"../images/{match[1]}/", f"../{match[1]}/") if match else ()
    return [(path.parent, folder) for folder in (*_FOLDERS, *of_split)]
