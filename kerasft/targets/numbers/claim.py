"""That a number is as high as it is, to be explained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from kerasft.base.json_values import JsonObject
from kerasft.targets.numbers.schema import Numbers


@dataclass(frozen=True)
class NumberClaim:
    """That a number is as high as it is: for it speaks what makes it higher.

    Args:
        number: What it is called.
        value: In the unit of the data.
    """

    target: ClassVar[int] = 0
    ends: ClassVar[tuple[str, str]] = ("lower", "higher")
    two_sided: ClassVar[bool] = True

    number: str
    value: float

    def __str__(self) -> str:
        return f"{self.number} {self.value:.4g}"

    @property
    def title(self) -> str:
        """Name and number."""
        return f"{self.number[:40]}  {self.value:.4g}"

    def strength(self, answers: np.ndarray) -> np.ndarray:
        """Returns the numbers."""
        return answers[:, 0].astype("float64")

    def as_dict(self) -> JsonObject:
        """Returns it as a value for JSON."""
        return {"number": self.number, "value": self.value}


def claim_of(answer: np.ndarray, schema: Numbers, wanted: str | None = None) -> NumberClaim:
    """Returns that the number of an answer (1,) is as high as it is."""
    return NumberClaim(schema.number, float(answer[0]))
