"""Probabilities as an answer: the most probable classes, or "unknown"."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kerasft.base.json_values import JsonFields, JsonObject
from kerasft.base.printable import shown
from kerasft.contract.prediction import Prediction
from kerasft.contract.targets import Cell
from kerasft.targets.classes.schema import Classes


@dataclass(frozen=True, kw_only=True)
class ClassPrediction(Prediction):
    """What a classifier says about one example.

    Args:
        class_name: The class that it decides for.
        probability: Its probability, between 0 and 1.
        top: The most probable classes and their probabilities, best first.
        unknown: Whether the probability is below the threshold that the file was exported with; None without one.
    """

    class_name: str
    probability: float
    top: tuple[tuple[str, float], ...]
    unknown: bool | None = None

    def answer(self) -> str:
        """Returns the class and those after it, with their probabilities."""
        listed = [each for each in self.top if self.unknown or each[0] != self.class_name]
        others = ", ".join(f"{shown(name)} {probability:.3f}" for name, probability in listed)
        if self.unknown:
            return f"unknown ({others})"
        return f"{shown(self.class_name)} {self.probability:.3f}" + (f" ({others})" if others else "")

    def values(self) -> JsonObject:
        """Returns class, probability, the most probable classes and whether it is unknown."""
        top: list[JsonObject] = [
            {"class_name": name, "probability": probability} for name, probability in self.top
        ]
        unknown = {} if self.unknown is None else {"unknown": self.unknown}
        return {"class_name": self.class_name, "probability": self.probability, "top": top, **unknown}


def decode(row: np.ndarray, schema: Classes, described: JsonFields, top: int) -> ClassPrediction:
    """Returns what probabilities (classes,) say."""
    order, chosen = np.argsort(-row, kind="stable")[:top], int(schema.decide(row))
    return ClassPrediction(
        class_name=schema.class_names[chosen],
        probability=float(row[chosen]),
        top=tuple((schema.class_names[index], float(row[index])) for index in order),
        unknown=_unknown(row, described),
    )


def table_columns(schema: Classes, described: JsonFields) -> dict[str, type]:
    """Returns the columns of a table of answers, by name."""
    columns: dict[str, type] = {"class_name": str, "probability": float}
    columns |= {} if described.get("score_threshold") is None else {"unknown": bool}
    return columns | {f"probability of {name}": float for name in schema.class_names}


def table_row(row: np.ndarray, schema: Classes, described: JsonFields) -> list[Cell]:
    """Returns the cells of `table_columns` for probabilities (classes,)."""
    best, unknown = int(schema.decide(row)), _unknown(row, described)
    said = [] if unknown is None else [unknown]
    return [schema.class_names[best], float(row[best]), *said, *map(float, row)]


def _unknown(row: np.ndarray, described: JsonFields) -> bool | None:
    threshold = described.get("score_threshold")
    return None if threshold is None else bool(row.max() < threshold)
