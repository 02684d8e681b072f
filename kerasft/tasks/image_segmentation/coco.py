"""COCO's JSON: images with the shapes of what is on them, as polygons or run lengths.

One file, or a folder whose train/, valid/ and test/ have `_annotations.coco.json` beside their images, as Roboflow
exports it. A mask is painted from the largest shape to the smallest, on background.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from kerasft.base.errors import InputError, Problem
from kerasft.base.files import read_json
from kerasft.base.json_values import JsonFields
from kerasft.base.places import elsewhere
from kerasft.data.listing import SPLIT_NAMES, find_file
from kerasft.targets.masks.decoding import MOST_PIXELS, BrokenMaskError
from kerasft.targets.masks.shapes import BrokenShapeError, fill

BACKGROUND = "background"
BESIDE = "_annotations.coco.json"
_MOST_BYTES = 1_000_000_000
_FOLDERS = ("", "images/", "train/", "val/", "../images/", "../", "../train2017/", "../val2017/")


@dataclass
class Painting:
    """An image, and what is on it.

    Args:
        name: The file, as the JSON has it.
        height: In pixels.
        width: In pixels.
        shapes: The name of the class and the shape of each thing.
    """

    name: str
    height: int
    width: int
    shapes: list[tuple[str, object]] = field(default_factory=list)

    def paint(self, numbers: Mapping[str, int]) -> np.ndarray:
        """Returns the mask, uint8 (height, width), with the number of each class.

        Raises:
            BrokenMaskError: A shape can't be used, or is of a class without a number.
        """
        if self.height * self.width > MOST_PIXELS:
            raise BrokenMaskError(
                f"{self.width}x{self.height} pixels, more than {MOST_PIXELS // 10**6} million"
            )
        filled = []
        for name, shape in self.shapes:
            if name not in numbers:
                raise BrokenMaskError(
                    f"it has a {name!r}, which is none of the classes", "name it with --classes"
                )
            try:
                one = fill(shape, self.height, self.width)
            except BrokenShapeError as error:
                raise BrokenMaskError(f"a shape of {name!r} can't be used: {error}") from None
            rows, columns = np.nonzero(one)
            filled.append((rows, columns, numbers[name]))
        mask = np.full((self.height, self.width), numbers[BACKGROUND], np.uint8)
        for rows, columns, number in sorted(filled, key=lambda each: -len(each[0])):
            mask[rows, columns] = number
        return mask


@dataclass(frozen=True)
class Coco:
    """What a file says.

    Args:
        names: The classes in the order of their ids, background first.
        images: All images, those without shapes too.
    """

    names: tuple[str, ...]
    images: tuple[Painting, ...]


def coco_files(source: Path) -> dict[str, Path]:
    """Returns the files of a source by split, "" where it has none; {} where the source is of another form."""
    if source.suffix.lower() == ".json" and not source.is_dir():
        return {"": source}
    if not source.is_dir():
        return {}
    inside = {name: source / name / BESIDE for name in SPLIT_NAMES}
    found = {SPLIT_NAMES[name]: path for name, path in inside.items() if path.is_file()}
    return found or ({"": source / BESIDE} if (source / BESIDE).is_file() else {})


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
        raise InputError(Problem(f"the JSON can't be read: {why}", str(path), step)) from None


def _coco_of(values: JsonFields) -> Coco:
    if not isinstance(values, dict):
        raise ValueError("it holds no object")
    parts = {name: values.get(name) for name in ("images", "annotations", "categories")}
    if missing := [name for name, part in parts.items() if not isinstance(part, list)]:
        raise ValueError(f"it has no list of {', '.join(missing)}")
    used = {each["category_id"] for each in parts["annotations"] or ()}
    categories = {
        each["id"]: str(each["name"])
        for each in sorted(parts["categories"] or (), key=lambda each: each["id"])
        if each["id"] in used or each.get("supercategory") != "none"  # of Roboflow, the name of all of them
    }
    images = {
        each["id"]: Painting(str(each["file_name"]), _side(each["height"]), _side(each["width"]))
        for each in parts["images"] or ()
    }
    for each in parts["annotations"] or ():
        if each["category_id"] not in categories or each["image_id"] not in images:
            raise ValueError(f"the annotation {each.get('id')!r:.40} is of no category or no image")
        images[each["image_id"]].shapes.append((categories[each["category_id"]], each.get("segmentation")))
    names = tuple(name for name in dict.fromkeys(categories.values()) if name != BACKGROUND)
    return Coco((BACKGROUND, *names), tuple(images.values()))


def _side(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"an image is {value!r:.40} pixels high or wide")
    return value


def image_file(name: str, path: Path, data_dir: str | Path | None) -> Path | None:
    """Returns the file of an image that a JSON names; None where there is none, or it is not of this computer."""
    if elsewhere(name):
        return None
    roots: Sequence[tuple[Path, str]] = (
        [(Path(data_dir), "")] if data_dir is not None else [(path.parent, folder) for folder in _FOLDERS]
    )
    return next(
        (found for root, folder in roots if (found := find_file(root, f"{folder}{name}")) is not None), None
    )
