"""That a number is as high as it is, to be explained."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kerasft.base.json_values import JsonObject
from kerasft.contract.explanation import Claim
from kerasft.targets.numbers.schema import Numbers


@dataclass(frozen=True)
class NumberClaim(Claim):
    """That a number is as high as it is: for it speaks what makes it higher.

    Args:
        number: What it is called.
        value: In the unit of the data.
        unit: This unit, or "".
        target: Which of the numbers it is.
    """

    ends, two_sided = ("lower", "higher"), True

    number: str
    value: float
    unit: str = ""
    target: int = 0

    def __str__(self) -> str:
        return f"{self.number} {self._value}"

    @property
    def title(self) -> str:
        """Name and number."""
        return f"{self.number[:40]}  {self._value}"

    @property
    def _value(self) -> str:
        return f"{self.value:.4g} {self.unit[:20]}".strip()

    def strength(self, needed: np.ndarray) -> np.ndarray:
        """Returns the numbers."""
        return needed[:, self.target].astype("float64")

    def as_dict(self) -> JsonObject:
        """Returns it as a value for JSON."""
        return {"number": self.number, "value": self.value, **({"unit": self.unit} if self.unit else {})}


def claim_of(answer: np.ndarray, schema: Numbers, wanted: str | None = None) -> NumberClaim:
    """Returns that one number of an answer (numbers,) is as high as it is: the first, or the one that is wanted."""
    place = 0 if wanted is None else schema.numbers.index(wanted)
    return NumberClaim(schema.numbers[place], float(answer[place]), schema.unit(place), place)
