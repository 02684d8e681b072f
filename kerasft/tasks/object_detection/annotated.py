"""Images with boxes as a source has them, and what is made of them: boxes in their image, or why they can't be used."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from kerasft.data.values import is_missing, show
from kerasft.inputs.images.limits import BrokenImageError
from kerasft.inputs.images.upright import size_of
from kerasft.targets.boxes.spelling import MOST_BOXES, Box, Size, inside, is_finite, label_of_boxes

CUT, OUTSIDE, EMPTY = "cut", "outside", "empty"
BEYOND = 0.5  # pixels beyond the edge of its image, from which on a box that is cut is told
_SHARES = 2.0  # of an image, beyond which a number can't be a share of it


class BrokenBoxesError(ValueError):
    """The boxes of an image can't be used; `str()` says why, without its name."""

    def __init__(
        self, reason: str, next_step: str = "put it right, or leave such images out with --skip-broken"
    ):
        super().__init__(reason)
        self.next_step = next_step


@dataclass
class Annotated:
    """An image, and its boxes as the source has them.

    Args:
        id: The image's path relative to the data, with "/".
        image: The file, or its pixels, uint8 (height, width, 3).
        where: The file that the boxes are in, for messages.
        boxes: In pixels, or shares of the image; they may lie anywhere.
        split: The split that the source puts it into, or "".
        size: Width and height that the source says the image has; None where it says nothing.
        shares: Whether boxes are in shares of the image's width and height.
        fault: Why the boxes can't be used.
    """

    id: str
    image: Path | np.ndarray
    where: str
    boxes: list[Box] = field(default_factory=list)
    split: str = ""
    size: Size | None = None
    shares: bool = False
    fault: BrokenBoxesError | None = None


@dataclass(frozen=True)
class Found:
    """What a source has.

    Args:
        images: Those whose files are there.
        names: The classes that it lists, in their order.
        notes: Remarks.
        header: The column names of a table.
    """

    images: Sequence[Annotated]
    names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    header: tuple[str, ...] = ()


@dataclass(frozen=True)
class Checked:
    """An image whose boxes were looked at.

    Args:
        given: As the source has it.
        label: Its boxes as one text; "" where there is a fault.
        trims: The boxes, in pixels, that are other ones than in the source, and how: "cut" at the edge of their image,
            or left out, lying "outside" or being "empty".
        fault: Why they can't be used.
    """

    given: Annotated
    label: str
    trims: tuple[tuple[Box, str], ...] = ()
    fault: BrokenBoxesError | None = None


def number_of(value: object) -> float:
    """Returns a number, also of a text.

    Raises:
        BrokenBoxesError: It is none.
    """
    if is_missing(value):
        raise BrokenBoxesError("a box lacks a number")
    try:
        return float(str(value).strip())
    except ValueError:
        raise BrokenBoxesError(f"a box has {show(value)} where a number is needed") from None


def check_all(images: Iterable[Annotated]) -> list[Checked]:
    """Compares boxes with their images, on all cores; an image that can't be read has none, and is told elsewhere."""
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return list(pool.map(_checked, images))


def _checked(given: Annotated) -> Checked:
    try:
        if given.fault is not None:
            raise given.fault
        try:
            width, height, turned = size_of(given.image)
        except BrokenImageError:
            return Checked(given, label_of_boxes((1, 1), ()))
        _check_size(given.size, (width, height), turned)
        boxes, trims = _fitted(given, (width, height))
        return Checked(given, label_of_boxes((width, height), boxes), tuple(trims))
    except BrokenBoxesError as error:
        return Checked(given, "", fault=error)


def _check_size(said: Size | None, found: Size, turned: bool) -> None:
    if said is None or said == found:
        return
    as_exif = ", turned as its EXIF says" if turned else ""
    raise BrokenBoxesError(
        f"they are of an image of {said[0]} x {said[1]} pixels, and it has {found[0]} x {found[1]}{as_exif}",
        "export the boxes again for this image",
    )


def _fitted(given: Annotated, size: Size) -> tuple[list[Box], list[tuple[Box, str]]]:
    """Returns the boxes as they lie in their image, and those that were changed."""
    if len(given.boxes) > MOST_BOXES:
        raise BrokenBoxesError(f"there are {len(given.boxes)}, and at most {MOST_BOXES} are taken")
    boxes, trims = list[Box](), list[tuple[Box, str]]()
    if not given.shares and given.boxes and all(map(_seems_shares, given.boxes)):
        raise BrokenBoxesError(
            "they lie within one pixel, as shares of the image do, and pixels are needed",
            "multiply x by the width of the image and y by its height",
        )
    for box in given.boxes:
        if not is_finite(box.corners):
            raise BrokenBoxesError(f"a box of {box.name!r} has a corner that is no number of pixels")
        if given.shares:
            box = _in_pixels(box, size)
        kept = inside(box, size)
        if kept is not None:
            boxes.append(kept)
        if how := _trimmed(box, kept, size):
            trims.append((box, how))
    return boxes, trims


def _seems_shares(box: Box) -> bool:
    """Returns whether a box has a size, lies in the first pixel of its image, and isn't all of it."""
    x1, y1, x2, y2 = box.corners
    return 0 <= x1 < x2 <= 1 and 0 <= y1 < y2 <= 1 and box.corners != (0, 0, 1, 1)


def _trimmed(box: Box, kept: Box | None, size: Size) -> str:
    x1, y1, x2, y2 = box.corners
    if kept is not None:
        return CUT if max(-x1, -y1, x2 - size[0], y2 - size[1]) > BEYOND else ""
    beside = x1 >= size[0] or y1 >= size[1] or x2 <= 0 or y2 <= 0
    return OUTSIDE if beside and x1 < x2 and y1 < y2 else EMPTY


def _in_pixels(box: Box, size: Size) -> Box:
    if any(abs(each) > _SHARES for each in box.corners):
        raise BrokenBoxesError(f"a box of {box.name!r} is in pixels, where shares of the image are needed")
    width, height = size
    x1, y1, x2, y2 = box.corners
    return Box(box.name, x1 * width, y1 * height, x2 * width, y2 * height, box.crowd)
