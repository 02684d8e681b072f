"""A mask as an answer: in words, which share of the image is of which class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kerasft.base.json_values import JsonObject
from kerasft.base.printable import shown
from kerasft.contract.prediction import Prediction
from kerasft.contract.targets import Cell
from kerasft.targets.masks.schema import Masks


@dataclass(frozen=True, kw_only=True)
class MaskPrediction(Prediction):
    """What a model says about one image.

    Args:
        top: The classes with the most pixels, and their shares of the image, the largest first.
    """

    top: tuple[tuple[str, float], ...]

    def answer(self) -> str:
        """Returns the classes and their shares."""
        return ", ".join(f"{shown(name)} {share:.1%}" for name, share in self.top)

    def values(self) -> JsonObject:
        """Returns the classes and their shares."""
        return {"classes": [{"class": name, "share": share} for name, share in self.top]}


def shares_of(probabilities: np.ndarray) -> np.ndarray:
    """Returns the share of pixels of each class, float64 (classes,), of probabilities (height, width, classes)."""
    classes = probabilities.shape[-1]
    found = probabilities.argmax(axis=-1)
    return np.bincount(found.ravel(), minlength=classes) / found.size


def decode(probabilities: np.ndarray, schema: Masks, top: int) -> MaskPrediction:
    """Returns what probabilities (height, width, classes) say: at most `top` classes, none without pixels."""
    shares = shares_of(probabilities)
    order = [place for place in np.argsort(-shares, kind="stable")[:top] if shares[place] > 0]
    return MaskPrediction(top=tuple((schema.class_names[place], float(shares[place])) for place in order))


def table_columns(schema: Masks) -> dict[str, type]:
    """Returns the columns of a table of answers, by name."""
    return {f"share of {name}": float for name in schema.class_names}


def table_row(probabilities: np.ndarray) -> list[Cell]:
    """Returns the cells of `table_columns`."""
    return [float(share) for share in shares_of(probabilities)]
