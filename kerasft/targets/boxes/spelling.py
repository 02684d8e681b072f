"""How the boxes of an image are written: one text in splits.csv, the same for the same boxes.

It is JSON without spaces, such as `[[640,480],["cat",12,34.5,56,78],["dog",1,2,3,4,"crowd"]]`: width and height of the
image as it stands upright, then each box with its class and x1, y1, x2, y2 in pixels of that image, where x2 and y2 are
the far edges, so that a box is x2 - x1 wide. Boxes are sorted, and numbers are the shortest texts of float32.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from kerasft.base.options import is_number
from kerasft.contract.answers import Spelling, UnreadableError

MOST_BOXES = 5000  # of one image
MOST_SIDE = 1_000_000  # pixels
_MOST_CHARACTERS = 4_000_000
_CROWD = "crowd"

Size = tuple[int, int]  # width and height of an image, in pixels


class Box(NamedTuple):
    """A box around a thing, in pixels of the original image.

    Args:
        name: Of its class.
        x1: The left edge.
        y1: The upper edge.
        x2: The right edge, behind the last pixel.
        y2: The lower edge.
        crowd: Whether things in it were not told apart, or are too difficult to count.
    """

    name: str
    x1: float
    y1: float
    x2: float
    y2: float
    crowd: bool = False

    @property
    def corners(self) -> tuple[float, float, float, float]:
        """x1, y1, x2, y2."""
        return self[1:5]


def label_of_boxes(size: Size, boxes: Iterable[Box]) -> str:
    """Returns the text of an image's boxes.

    Args:
        size: Width and height of the image, in pixels.
        boxes: In any order; each lies in the image.
    """
    ordered = sorted(boxes)
    parts = [f"[{size[0]},{size[1]}]"]
    for box, numbers in zip(ordered, _texts_of([box.corners for box in ordered]), strict=True):
        name = json.dumps(box.name, ensure_ascii=False)
        parts.append(f"[{','.join((name, *numbers))}" + (f',"{_CROWD}"]' if box.crowd else "]"))
    return f"[{','.join(parts)}]"


def _texts_of(corners: Sequence[tuple[float, ...]]) -> list[list[str]]:
    """Returns the shortest texts that mean the same float32, four of each box."""
    shortest = np.array(corners, np.float32).astype(str).reshape(-1, 4).tolist()
    return [[each.removesuffix(".0") for each in row] for row in shortest]


def boxes_of_label(text: str) -> tuple[Size, list[Box]]:
    """Returns width and height of an image, and its boxes, sorted.

    Raises:
        ValueError: It is no such text; the message says why.
    """
    if len(text) > _MOST_CHARACTERS:
        raise ValueError(f"it has more than {_MOST_CHARACTERS} characters")
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("it is not JSON") from None
    if not isinstance(values, list) or not values or len(values) > 1 + MOST_BOXES:
        raise ValueError(f"it is not a list of a size and up to {MOST_BOXES} boxes")
    size = values[0]
    if not isinstance(size, list) or len(size) != 2 or not all(map(_is_side, size)):
        raise ValueError("it does not begin with width and height")
    return (size[0], size[1]), [_box_of(each, *size) for each in values[1:]]


def _is_side(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST_SIDE


def _box_of(value: object, width: int, height: int) -> Box:
    if not isinstance(value, list) or not (len(value) == 5 or (len(value) == 6 and value[5] == _CROWD)):
        raise ValueError("a box is not a class and four numbers")
    name, x1, y1, x2, y2 = value[:5]
    if not isinstance(name, str) or not name or not all(map(is_number, (x1, y1, x2, y2))):
        raise ValueError("a box is not a class and four numbers")
    if not (0 <= x1 < x2 <= width and 0 <= y1 < y2 <= height):
        raise ValueError("a box does not lie in its image")
    return Box(name, x1, y1, x2, y2, len(value) == 6)


def is_label(text: str) -> bool:
    """Returns whether a text is one that `label_of_boxes` gives."""
    try:
        return label_of_boxes(*boxes_of_label(text)) == text
    except ValueError:
        return False


class BoxSpelling(Spelling):
    """Boxes of an image, written as in splits.csv."""

    form = "list of boxes"

    def label_of(self, raw: object) -> str:
        """Returns the text of the boxes."""
        try:
            return label_of_boxes(*boxes_of_label(str(raw)))
        except ValueError as error:
            step = 'write the size of the image and its boxes, such as [[640,480],["cat",12,34,56,78]]'
            raise UnreadableError(f"the boxes can't be used, {error}", str(raw)[:60], step) from None


def inside(box: Box, size: Size) -> Box | None:
    """Returns the part of a box that lies in its image, as float32 has it; None where none does, or it is empty."""
    edges = np.clip(np.array(box.corners, np.float32), 0, np.array([*size, *size], np.float32))
    x1, y1, x2, y2 = map(float, edges)
    return Box(box.name, x1, y1, x2, y2, box.crowd) if x1 < x2 and y1 < y2 else None


def is_finite(corners: Iterable[object]) -> bool:
    """Returns whether all are numbers that float32 can tell apart at all."""
    return all(is_number(each) and math.isfinite(each) and abs(each) < MOST_SIDE * 10 for each in corners)
