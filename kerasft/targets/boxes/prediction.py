"""Boxes as an answer: in words, which things are where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from kerasft.base.json_values import JsonObject
from kerasft.base.printable import shown
from kerasft.contract.prediction import Prediction
from kerasft.contract.targets import Cell
from kerasft.targets.boxes.geometry import to_image
from kerasft.targets.boxes.schema import Boxes

NOTHING = "nothing"
_FIGURES = 6  # of scores and pixels, in JSON


@dataclass(frozen=True)
class Found:
    """One thing that was found.

    Args:
        name: Of its class.
        score: From 0 to 1.
        corners: x1, y1, x2, y2 in pixels of the original image.
    """

    name: str
    score: float
    corners: tuple[float, float, float, float]

    def __str__(self) -> str:
        """Returns "cat 0.93 at 12,34 56x78": left, top, width and height."""
        x1, y1, x2, y2 = self.corners
        return f"{shown(self.name)} {self.score:.2f} at {x1:.0f},{y1:.0f} {x2 - x1:.0f}x{y2 - y1:.0f}"

    def values(self) -> JsonObject:
        """Returns it as a value for JSON; the box is x1, y1, x2, y2."""
        numbers = [float(f"{each:.{_FIGURES}g}") for each in (self.score, *self.corners)]
        return {"class": self.name, "score": numbers[0], "box": numbers[1:]}


@dataclass(frozen=True, kw_only=True)
class BoxPrediction(Prediction):
    """What a model says about one image.

    Args:
        boxes: What it found, the best first.
    """

    boxes: tuple[Found, ...]

    def answer(self) -> str:
        """Returns the boxes, as "cat 0.93 at 12,34 56x78; dog 0.71 at 90,10 40x60"."""
        return "; ".join(map(str, self.boxes)) or NOTHING

    def values(self) -> JsonObject:
        """Returns the boxes."""
        return {"boxes": [each.values() for each in self.boxes]}


def decode(found: np.ndarray, schema: Boxes, threshold: float, top: int | None = None) -> BoxPrediction:
    """Returns what detections of one image (k, 6) say: x1, y1, x2, y2, score, class.

    Args:
        found: In pixels of the image, the best first; class -1 where a row is unused.
        schema: What the classes are.
        threshold: The least score to be shown.
        top: How many to list at most; None: all.
    """
    rows = found[(found[:, 5] >= 0) & (found[:, 4] >= threshold)].astype("float64")[:top]
    return BoxPrediction(
        boxes=tuple(
            Found(schema.class_names[int(number)], float(score), (x1, y1, x2, y2))
            for x1, y1, x2, y2, score, number in rows.tolist()
        )
    )


def moved(prediction: BoxPrediction, size: tuple[int, int], schema: Boxes) -> BoxPrediction:
    """Returns boxes that are in pixels of the model's image in those of an original one.

    Args:
        prediction: From `decode`.
        size: Width and height of the original, in pixels.
        schema: Of the model.
    """
    corners = np.array([each.corners for each in prediction.boxes], np.float64).reshape(1, -1, 4)
    placed = to_image(corners, np.array([size]), schema.image_size, schema.resize)[0].tolist()
    boxes = zip(prediction.boxes, placed, strict=True)
    return replace(
        prediction, boxes=tuple(replace(box, corners=(x1, y1, x2, y2)) for box, (x1, y1, x2, y2) in boxes)
    )


def table_columns(schema: Boxes) -> dict[str, type]:
    """Returns the columns of a table of answers, by name: how many things of each class were found."""
    return {f"count of {name}": float for name in schema.class_names}


def table_row(found: np.ndarray, schema: Boxes, threshold: float) -> list[Cell]:
    """Returns the cells of `table_columns` for detections (k, 6)."""
    counts = Counter(each.name for each in decode(found, schema, threshold).boxes)
    return [float(counts[name]) for name in schema.class_names]


def counted(classes: np.ndarray, names: Sequence[str]) -> str:
    """Returns how many things there are of each class, in the order of the outputs: "2 cat, 1 dog", or "nothing".

    Args:
        classes: int (k,), the numbers of the classes.
        names: Of the classes.
    """
    counts = np.bincount(classes, minlength=len(names))
    return ", ".join(f"{counts[k]} {names[k]}" for k in np.flatnonzero(counts).tolist()) or NOTHING
