"""Shapes that masks are made of: polygons, and the run lengths of COCO (https://cocodataset.org/#format-data)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kerasft.base.options import is_number

MOST_NUMBERS = 1_000_000  # of one shape
_FIRST = 48  # the character that stands for 0
_BITS, _LONGEST = 5, 12  # of a character; characters of a number


class BrokenShapeError(ValueError):
    """A shape can't be used; the text says why in a few words."""


def fill(segmentation: object, height: int, width: int) -> np.ndarray:
    """Returns which pixels a shape has, bool (height, width).

    Args:
        segmentation: A list of polygons, each [x, y, x, y, ...] in pixels; or {"size": [height, width], "counts": ...},
            where counts are numbers or COCO's text.
        height: Of the image.
        width: Of the image.

    Raises:
        BrokenShapeError: It is neither, or doesn't lie on such an image.
    """
    if isinstance(segmentation, list):
        found = np.zeros((height, width), bool)
        for points in segmentation:
            found |= fill_polygon(points, height, width)
        return found
    if not isinstance(segmentation, dict) or segmentation.get("size") != [height, width]:
        raise BrokenShapeError("it is neither polygons nor run lengths of the image's size")
    counts = segmentation.get("counts")
    return decode_runs(counts_of(counts) if isinstance(counts, str) else counts, height, width)


def fill_polygon(points: object, height: int, width: int) -> np.ndarray:
    """Returns bool (height, width): the pixels whose centre lies in a polygon, by the rule of odd crossings.

    Raises:
        BrokenShapeError: It is no list of three points or more.
    """
    if not isinstance(points, list) or len(points) % 2 or not 6 <= len(points) <= MOST_NUMBERS:
        raise BrokenShapeError("a polygon is no list of x and y of three points or more")
    if not all(is_number(each) and abs(each) < 1e6 for each in points):
        raise BrokenShapeError("a polygon holds something else than numbers")
    ends = np.array(points, float).reshape(-1, 2)
    found, centres = np.zeros((height, width + 1), bool), np.arange(height) + 0.5
    for (x, y), (other, below) in zip(ends, np.roll(ends, -1, axis=0), strict=True):
        if y == below:
            continue
        rows = np.flatnonzero((min(y, below) <= centres) & (centres < max(y, below)))
        crossed = x + (centres[rows] - y) * (other - x) / (below - y)
        found[rows, np.clip(np.ceil(crossed - 0.5), 0, width).astype(int)] ^= True
    return np.logical_xor.accumulate(found, axis=1)[:, :width]


def decode_runs(counts: object, height: int, width: int) -> np.ndarray:
    """Returns bool (height, width) of run lengths down the columns, by turns outside and inside.

    Raises:
        BrokenShapeError: They are no lengths that fill such an image.
    """
    if not isinstance(counts, list) or len(counts) > MOST_NUMBERS:
        raise BrokenShapeError("run lengths are no list of numbers")
    if not all(isinstance(each, int) and not isinstance(each, bool) and each >= 0 for each in counts):
        raise BrokenShapeError("run lengths hold something else than whole numbers")
    if sum(counts) != height * width:
        raise BrokenShapeError(f"run lengths fill {sum(counts)} pixels of {height * width}")
    turns = np.arange(len(counts)) % 2 == 1
    return np.repeat(turns, counts).reshape(width, height).T


def counts_of(text: str) -> Sequence[int]:
    """Returns the run lengths of COCO's text: numbers of 5 bits a character, from the fourth on less the last but one.

    Raises:
        BrokenShapeError: It is no such text.
    """
    counts: list[int] = []
    place = 0
    while place < len(text):
        value, digits, more = 0, 0, True
        while more:
            if place >= len(text) or digits >= _LONGEST:
                raise BrokenShapeError("run lengths end within a number")
            bits = ord(text[place]) - _FIRST
            if not 0 <= bits < 64:
                raise BrokenShapeError("run lengths hold a character that stands for nothing")
            value |= (bits & 31) << (_BITS * digits)
            more, place, digits = bool(bits & 32), place + 1, digits + 1
            if not more and bits & 16:
                value -= 1 << (_BITS * digits)
        counts.append(value + counts[-2] if len(counts) > 2 else value)
    return counts
