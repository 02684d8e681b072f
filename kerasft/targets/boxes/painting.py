"""Boxes drawn on an image, with their classes and scores."""

from __future__ import annotations

import base64
import colorsys
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from kerasft.base.fonts import file_for
from kerasft.base.printable import shown
from kerasft.base.wording import clip
from kerasft.targets.boxes.schema import Boxes

LEAST = 480  # pixels of the longer side: smaller images are enlarged, so that words can be read
_GOLDEN = 0.618034  # of the circle of colours, from one class to the next
_LONGEST = 24  # characters of a name
_DARK, _LIGHT = (17, 20, 26), (255, 255, 255)
_INDENT = 3  # pixels around words

Colour = tuple[int, int, int]
Corners = tuple[float, float, float, float]  # x1, y1, x2, y2


@dataclass(frozen=True)
class Mark:
    """A box to be drawn.

    Args:
        corners: x1, y1, x2, y2 in pixels of the image.
        number: Of its class, which has a colour.
        words: What is written at it, if anything.
        faint: Whether its line is thin.
    """

    corners: Corners
    number: int
    words: str
    faint: bool = False


def marks_of(found: np.ndarray, schema: Boxes, threshold: float) -> list[Mark]:
    """Returns the marks of detections (k, 6) of at least a score: the class and the score of each."""
    rows = found[(found[:, 5] >= 0) & (found[:, 4] >= threshold)].astype("float64").tolist()
    return [
        Mark((x1, y1, x2, y2), int(number), f"{name_of(schema, int(number))} {score:.2f}")
        for x1, y1, x2, y2, score, number in rows
    ]


def name_of(schema: Boxes, number: int) -> str:
    """Returns the name of a class, short enough to be written at a box."""
    return clip(shown(schema.class_names[number]), _LONGEST)


def boxes_png(image: np.ndarray, found: np.ndarray, schema: Boxes, threshold: float) -> bytes:
    """Returns a PNG of an image uint8 (height, width, 3) with what was found in it: (k, 6), in its pixels.

    Where its longer side has less than 480 pixels it is enlarged.
    """
    return _encoded(paint(image, marks_of(found, schema, threshold)), "PNG")


def data_url(image: np.ndarray, marks: Sequence[Mark], least: int = LEAST) -> str:
    """Returns an image with marks as a JPEG in a data URL."""
    encoded = _encoded(paint(image, marks, least), "JPEG")
    return "data:image/jpeg;base64," + base64.b64encode(encoded).decode()


def sketch(image: np.ndarray, boxes: np.ndarray, side: int) -> np.ndarray:
    """Returns an image uint8 (size, size, 3) of the model as a small one, (side, side, 3), with frames around boxes.

    Args:
        image: It is not changed.
        boxes: (k, 6) x1, y1, x2, y2 in its pixels, the number of the class, and 1 for crowds, whose lines are thin.
        side: In pixels.
    """
    small = np.array(Image.fromarray(image).resize((side, side), Image.Resampling.BICUBIC))
    share = side / len(image)
    marks = [
        Mark((x1 * share, y1 * share, x2 * share, y2 * share), int(number), "", faint=bool(crowd))
        for x1, y1, x2, y2, number, crowd in boxes.astype("float64").tolist()
    ]
    return np.array(paint(small, marks, side))


def paint(image: np.ndarray, marks: Sequence[Mark], least: int = LEAST) -> Image.Image:
    """Draws marks on an image uint8 (height, width, 3), the first ones on top.

    Args:
        image: It is not changed.
        marks: In its pixels.
        least: Pixels that the longer side has at least; a smaller image is enlarged by a whole number.
    """
    height, width = image.shape[:2]
    scale = max(1, -(-least // max(height, width)))
    picture = Image.fromarray(image).resize((width * scale, height * scale), Image.Resampling.BICUBIC)
    draw, thick = ImageDraw.Draw(picture), max(2, max(picture.size) // 240)
    size = max(12, max(picture.size) // 36)  # of letters
    for mark in reversed(marks):
        corners = _inside(mark.corners, scale, picture.size)
        _frame(draw, corners, colour_of(mark.number), 1 if mark.faint else thick)
    taken: list[Corners] = []
    for mark in (each for each in marks if each.words):
        font = ImageFont.truetype(file_for(mark.words), size)
        taken.append(_label(draw, mark, _inside(mark.corners, scale, picture.size), font, taken))
    return picture


def colour_of(number: int) -> Colour:
    """Returns the colour of a class: red, green, blue."""
    saturation, value = ((0.85, 1.0), (0.6, 1.0), (0.9, 0.75))[number // 8 % 3]
    red, green, blue = colorsys.hsv_to_rgb(number * _GOLDEN % 1, saturation, value)
    return round(255 * red), round(255 * green), round(255 * blue)


def css_colour(number: int) -> str:
    """Returns the colour of a class for a page: "#d92626"."""
    return "#" + "".join(f"{each:02x}" for each in colour_of(number))


def _inside(corners: Corners, scale: int, size: tuple[int, int]) -> Corners:
    """Returns corners on an enlarged picture, cut at its edges, at least a pixel wide and high."""
    x1, y1, x2, y2 = (each * scale for each in corners)
    x1, y1 = min(max(x1, 0), size[0] - 2), min(max(y1, 0), size[1] - 2)
    return x1, y1, max(min(x2, size[0]) - 1, x1 + 1), max(min(y2, size[1]) - 1, y1 + 1)


def _frame(draw: ImageDraw.ImageDraw, corners: Corners, colour: Colour, thick: int) -> None:
    """Draws a frame with a dark line around it, which is seen on a ground of the same colour."""
    draw.rectangle(corners, outline=_DARK, width=thick + 1)
    draw.rectangle(corners, outline=colour, width=thick)


def _label(
    draw: ImageDraw.ImageDraw,
    mark: Mark,
    corners: Corners,
    font: ImageFont.FreeTypeFont,
    taken: Sequence[Corners],
) -> Corners:
    """Writes the words of a mark at its box, if possible where no others are; returns where."""
    left, top, right, bottom = font.getbbox(mark.words)
    width, height = right - left + 2 * _INDENT, bottom - top + 2 * _INDENT
    x, lowest = max(min(corners[0], draw.im.size[0] - width - 1), 0), draw.im.size[1] - height - 1
    heights = [corners[1] - height, corners[1], corners[3], corners[3] - height]
    places = [(x, y, x + width, y + height) for y in heights if 0 <= y <= lowest]
    places.append((x, max(min(corners[1], lowest), 0), x + width, max(min(corners[1], lowest), 0) + height))
    place = next((each for each in places if not any(_meet(each, other) for other in taken)), places[0])
    colour = colour_of(mark.number)
    draw.rectangle(place, fill=colour)
    light = 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2] > 140
    at = place[0] + _INDENT - left, place[1] + _INDENT - top
    draw.text(at, mark.words, _DARK if light else _LIGHT, font=font)
    return place


def _meet(one: Corners, other: Corners) -> bool:
    """Whether two rectangles share anything."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _encoded(picture: Image.Image, form: str) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, form, optimize=True, **({"quality": 85} if form == "JPEG" else {}))
    return buffer.getvalue()
