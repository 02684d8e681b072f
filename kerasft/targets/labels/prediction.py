"""Several labels as an answer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kerasft.base.json_values import JsonObject
from kerasft.base.printable import shown
from kerasft.contract.prediction import Prediction
from kerasft.contract.targets import Cell
from kerasft.targets.labels.schema import Labels
from kerasft.targets.labels.spelling import KEPT


@dataclass(frozen=True, kw_only=True)
class LabelPrediction(Prediction):
    """What a model says about one example.

    Args:
        labels: Those that are said to be there, the most probable first; none is an answer too.
        top: The most probable labels and their probabilities, best first, whether they are there or not.
    """

    labels: tuple[str, ...]
    top: tuple[tuple[str, float], ...]

    def answer(self) -> str:
        """Returns the labels, and in brackets probabilities."""
        said = ", ".join(map(shown, self.labels)) or "no label"
        listed = ", ".join(f"{shown(name)} {probability:.3f}" for name, probability in self.top)
        return f"{said} ({listed})" if listed else said

    def values(self) -> JsonObject:
        """Returns the labels, and the most probable ones."""
        top: list[JsonObject] = [
            {"label": name, "probability": probability} for name, probability in self.top
        ]
        return {"labels": list(self.labels), "top": top}


def decode(row: np.ndarray, schema: Labels, top: int) -> LabelPrediction:
    """Returns what probabilities (labels,) say."""
    order, present = np.argsort(-row, kind="stable"), schema.decide(row)
    names = schema.class_names
    return LabelPrediction(
        labels=tuple(names[place] for place in order if present[place]),
        top=tuple((names[place], float(row[place])) for place in order[:top]),
    )


def table_columns(schema: Labels) -> dict[str, type]:
    """Returns the columns of a table of answers, by name."""
    return {"labels": str} | {f"probability of {name}": float for name in schema.class_names}


def table_row(row: np.ndarray, schema: Labels) -> list[Cell]:
    """Returns the cells of `table_columns` for probabilities (labels,)."""
    return [KEPT.join(schema.names_of(schema.decide(row))), *map(float, row)]
