"""That an example has a label, to be explained."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kerasft.base.json_values import JsonObject
from kerasft.base.odds import own_log_odds
from kerasft.base.wording import clip
from kerasft.contract.explanation import Claim
from kerasft.targets.labels.schema import Labels

_LONGEST, _LONGEST_ANSWER = 40, 30  # characters of a title


@dataclass(frozen=True)
class LabelClaim(Claim):
    """That an example has a label.

    Args:
        label: The label.
        probability: Its probability, between 0 and 1.
        labels: Those that the answer says are there.
        target: The index of the label.
    """

    label: str
    probability: float
    labels: tuple[str, ...]
    target: int = 0

    def __str__(self) -> str:
        found = f"{self.label} {self.probability:.3f}"
        return found if self.label in self.labels else f"{found} (answer: {self._answer})"

    @property
    def title(self) -> str:
        """The label with its probability, and the answer where the label is not in it."""
        found = f"{clip(self.label, _LONGEST)}  {self.probability:.1%}"
        if self.label in self.labels:
            return found
        return f"{found}   (answer: {clip(self._answer, _LONGEST_ANSWER)})"

    @property
    def _answer(self) -> str:
        return ", ".join(self.labels) or "no label"

    def strength(self, needed: np.ndarray) -> np.ndarray:
        """Returns the log-odds of the label."""
        return own_log_odds(needed[:, self.target])

    def as_dict(self) -> JsonObject:
        """Returns it as a value for JSON."""
        return {"label": self.label, "probability": self.probability, "labels": list(self.labels)}


def claim_of(answer: np.ndarray, schema: Labels, wanted: str | None = None) -> LabelClaim:
    """Returns that an example has the most probable label of an answer (labels,), or the one that is wanted."""
    names = schema.class_names
    chosen = int(answer.argmax()) if wanted is None else names.index(wanted)
    said = schema.names_of(schema.decide(answer))
    return LabelClaim(names[chosen], float(answer[chosen]), said, chosen)
