"""Boxes in COCO's JSON, as COCO itself, Roboflow, CVAT and Label Studio write it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from kerasft.base.json_values import JsonFields
from kerasft.inputs.images.coco_images import Placed, coco_images
from kerasft.targets.boxes.spelling import Box
from kerasft.tasks.object_detection.annotated import Annotated, BrokenBoxesError, Found, number_of


def coco_boxes(source: Path, files: Mapping[str, Path], data_dir: str | Path | None) -> Found:
    """Returns the images that are there, with their boxes.

    Args:
        source: As the user gave it.
        files: Of the source, by split.
        data_dir: The folder of the images; None looks for them.

    Raises:
        InputError: A file can't be read, or no image is there.
    """
    found = coco_images(source, files, data_dir)
    return Found([_annotated(each) for each in found.images], found.names, tuple(found.notes))


def _annotated(placed: Placed) -> Annotated:
    image = placed.image
    size = None if image.width is None or image.height is None else (image.width, image.height)
    found = Annotated(placed.id, placed.file, placed.where, split=placed.split, size=size)
    try:
        found.boxes = [_box_of(name, thing) for name, thing in image.things]
    except BrokenBoxesError as error:
        found.fault = error
    return found


def _box_of(name: str, thing: JsonFields) -> Box:
    crowd = bool(thing.get("iscrowd")) or bool(thing.get("ignore"))
    given = thing.get("bbox")
    if isinstance(given, list) and len(given) == 4:
        x, y, width, height = map(number_of, given)
        return Box(name, x, y, x + width, y + height, crowd)
    polygons = thing.get("segmentation")
    if given or not isinstance(polygons, list) or not polygons:
        raise BrokenBoxesError(f"a {name!r} has no bbox of x, y, width and height")
    numbers = [number_of(each) for points in polygons if isinstance(points, list) for each in points]
    return around(name, numbers, crowd)


def around(name: str, numbers: list[float], crowd: bool = False) -> Box:
    """Returns the box around points.

    Args:
        name: Of the class.
        numbers: x, y, x, y, ...
        crowd: See `Box`.

    Raises:
        BrokenBoxesError: They are no points.
    """
    if len(numbers) < 4 or len(numbers) % 2:
        raise BrokenBoxesError(f"the polygon of a {name!r} is no list of x and y")
    xs, ys = numbers[::2], numbers[1::2]
    return Box(name, min(xs), min(ys), max(xs), max(ys), crowd)
