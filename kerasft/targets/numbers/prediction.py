"""A number as an answer."""

from __future__ import annotations

from dataclasses import dataclass

from kerasft.base.json_values import JsonObject
from kerasft.base.printable import shown
from kerasft.contract.prediction import Prediction


@dataclass(frozen=True, kw_only=True)
class NumberPrediction(Prediction):
    """What a model says about one example.

    Args:
        number: What it is called.
        value: The number, in the unit of the training data.
    """

    number: str
    value: float

    def answer(self) -> str:
        """Returns name and number, to four digits."""
        return f"{shown(self.number)} {self.value:.4g}"

    def values(self) -> JsonObject:
        """Returns name and number."""
        return {"number": self.number, "value": self.value}
