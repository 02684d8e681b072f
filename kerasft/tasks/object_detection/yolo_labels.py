"""YOLO's label of an image: a line for each box, with the number of its class, centre, width and height as shares."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from kerasft.targets.boxes.spelling import Box
from kerasft.tasks.object_detection.annotated import BrokenBoxesError, number_of
from kerasft.tasks.object_detection.coco import around
from kerasft.tasks.object_detection.files import read_text

_BOX = 5  # the class and four numbers


def read_labels(path: Path, names: Mapping[int, str] | None, keypoints: int = 0) -> list[Box]:
    """Returns the boxes of an image in shares of its width and height; of a polygon the box around it.

    Args:
        path: The file.
        names: Of the classes by number; None: they are called by their numbers.
        keypoints: Numbers of key points behind each box.

    Raises:
        BrokenBoxesError: It can't be read, or a line is of another form; the line is named.
    """
    try:
        lines = read_text(path).splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8"
        raise BrokenBoxesError(f"the label can't be read: {why}") from None
    boxes = []
    for number, line in enumerate(lines, start=1):
        if parts := line.split():
            try:
                boxes.append(_box_of(parts, names, keypoints))
            except BrokenBoxesError as error:
                raise BrokenBoxesError(f"line {number}: {error}", error.next_step) from None
    return boxes


def _box_of(parts: list[str], names: Mapping[int, str] | None, keypoints: int) -> Box:
    name = _name_of(parts[0], names)
    if len(parts) == _BOX or (keypoints and len(parts) == _BOX + keypoints):
        x, y, width, height = map(number_of, parts[1:_BOX])
        return Box(name, x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    if len(parts) < _BOX or len(parts) % 2 == 0:
        step = "write class, x, y, width and height, or class and the x and y of a polygon"
        raise BrokenBoxesError(f"it has {len(parts)} numbers", step)
    return around(name, [number_of(each) for each in parts[1:]])


def _name_of(text: str, names: Mapping[int, str] | None) -> str:
    number = number_of(text)
    if not 0 <= number < 1e6 or number != int(number):
        raise BrokenBoxesError(f"the class is {text[:20]!r}, which is no number of a class")
    if names is None:
        return str(int(number))
    if int(number) not in names:
        step = "name all classes in the order of their numbers, in data.yaml or with --classes"
        raise BrokenBoxesError(f"the class is {int(number)}, and {len(names)} are named", step)
    return names[int(number)]
