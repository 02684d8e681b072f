"""From which probability on a label is said to be there: chosen on the validation split, for each label by itself."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from kerasft.base.json_values import JsonFields, JsonObject
from kerasft.base.options import from_dict
from kerasft.base.thresholds import FEWEST, HALF, best_threshold


@dataclass(frozen=True)
class Thresholds:
    """What was chosen on the validation split.

    Args:
        thresholds: One for each label, between 0 and 1.
        examples: How many they were chosen on.
        left_at_half: How many labels kept 0.5, for too few examples with or without them.
        macro_f1_before: Mean F1 of the labels on these examples with 0.5.
        macro_f1_after: The same with the thresholds.
    """

    thresholds: tuple[float, ...]
    examples: int = 0
    left_at_half: int = 0
    macro_f1_before: float | None = None
    macro_f1_after: float | None = None

    @property
    def served(self) -> JsonObject:
        """What an exported file's description says of it."""
        return {"thresholds": list(self.thresholds)}

    def as_dict(self) -> JsonObject:
        """Returns it as a value for JSON."""
        return asdict(self)


def choose_thresholds(probabilities: np.ndarray, truth: np.ndarray) -> Thresholds:
    """Chooses the threshold of each label by its F1: see `best_threshold`.

    Args:
        probabilities: float (n, labels).
        truth: (n, labels) of 0 and 1.
    """
    count, labels = truth.shape
    enough = [min(column.sum(), count - column.sum()) >= FEWEST for column in truth.T]
    found = tuple(
        best_threshold(probabilities[:, k], truth[:, k] > 0) if enough[k] else HALF for k in range(labels)
    )
    left = labels - sum(map(int, enough))
    if not count:
        return Thresholds(found, 0, left)
    before, after = (
        macro_f1(probabilities >= np.array(cuts), truth > 0) for cuts in ([HALF] * labels, found)
    )
    return Thresholds(found, count, left, before, after)


def f1(decided: np.ndarray, truth: np.ndarray) -> float:
    """Returns the F1 of decisions, bool (n,); 0 where nothing is right."""
    total = int(decided.sum() + truth.sum())
    return 2 * float((decided & truth).sum()) / total if total else 0.0


def macro_f1(decided: np.ndarray, truth: np.ndarray) -> float:
    """Returns the mean F1 of the labels that are there, of decisions, bool (n, labels)."""
    scores = [f1(decided[:, k], truth[:, k]) for k in range(truth.shape[1]) if truth[:, k].any()]
    return float(np.mean(scores)) if scores else 0.0


def read_thresholds(values: JsonFields) -> Thresholds:
    """Returns what `Thresholds.as_dict` gave, checked."""
    found = from_dict(Thresholds, values)
    if not all(0 <= value <= 1 for value in found.thresholds):
        raise ValueError("a threshold is not between 0 and 1")
    return found
