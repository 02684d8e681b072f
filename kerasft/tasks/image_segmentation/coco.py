"""Masks that are painted of the shapes in COCO's JSON, from the largest to the smallest, on background."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from kerasft.base.options import is_number
from kerasft.inputs.images.coco import CocoImage
from kerasft.targets.masks.decoding import MOST_PIXELS, BrokenMaskError
from kerasft.targets.masks.shapes import BrokenShapeError, fill

BACKGROUND = "background"


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
        if _seem_shares([shape for _, shape in self.shapes], self.height, self.width):
            raise BrokenMaskError(
                "the polygons lie within one pixel, as shares of the image do, and pixels are needed",
                "multiply x by the width of the image and y by its height",
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


def _seem_shares(shapes: Sequence[object], height: int, width: int) -> bool:
    """Returns whether all polygons of an image lie in its first pixel; run lengths have no shares."""
    polygons = [points for shape in shapes if isinstance(shape, list) for points in shape]
    flat = [each for points in polygons if isinstance(points, list) for each in points]
    return height * width > 1 and bool(flat) and all(is_number(each) and 0 <= each <= 1 for each in flat)


def painting_of(image: CocoImage) -> Painting:
    """Returns what can be painted of an image.

    Raises:
        BrokenMaskError: The JSON doesn't say how large it is.
    """
    if image.height is None or image.width is None:
        raise BrokenMaskError(
            "the JSON doesn't say how large the image is", "write its height and width there"
        )
    shapes = [(name, thing.get("segmentation")) for name, thing in image.things]
    return Painting(image.name, image.height, image.width, shapes)


def paint(image: CocoImage, numbers: Mapping[str, int]) -> np.ndarray:
    """Returns the mask of an image; see `Painting.paint`."""
    return painting_of(image).paint(numbers)
