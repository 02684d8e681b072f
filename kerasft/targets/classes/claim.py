"""That an example is of a class, to be explained."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kerasft.base.json_values import JsonObject
from kerasft.base.odds import log_odds
from kerasft.contract.explanation import Claim
from kerasft.targets.classes.schema import Classes

_LONGEST, _LONGEST_ANSWER = 40, 30  # characters of a title


@dataclass(frozen=True)
class ClassClaim(Claim):
    """That an example is of a class.

    Args:
        class_name: The class.
        probability: Its probability, calibrated, between 0 and 1.
        predicted: The class that the answer decides for.
        target: The index of the class.
    """

    class_name: str
    probability: float
    predicted: str
    target: int = 0

    def __str__(self) -> str:
        found = f"{self.class_name} {self.probability:.3f}"
        return found if self.predicted == self.class_name else f"{found} (answer: {self.predicted})"

    @property
    def title(self) -> str:
        """The class with its probability, and the answer where it is another one."""
        found = f"{_clip(self.class_name, _LONGEST)}  {self.probability:.1%}"
        if self.predicted == self.class_name:
            return found
        return f"{found}   (answer: {_clip(self.predicted, _LONGEST_ANSWER)})"

    def strength(self, needed: np.ndarray) -> np.ndarray:
        """Returns the log-odds of the class."""
        return log_odds(needed, self.target)

    def as_dict(self) -> JsonObject:
        """Returns it as a value for JSON."""
        return {
            "class_name": self.class_name,
            "probability": self.probability,
            "predicted": self.predicted,
        }


def claim_of(answer: np.ndarray, schema: Classes, wanted: str | None = None) -> ClassClaim:
    """Returns that an example is of the class that an answer (classes,) decides for, or of the one that is wanted."""
    best, names = int(schema.decide(answer)), schema.class_names
    chosen = best if wanted is None else names.index(wanted)
    return ClassClaim(names[chosen], float(answer[chosen]), names[best], chosen)


def _clip(text: str, longest: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= longest else text[: longest - 1] + "…"
