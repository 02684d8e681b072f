"""Of two classes: from which probability on the rarer one is the answer, chosen on the validation split.

The threshold is built into the probabilities: the logit of the rarer class gets the number that makes its threshold 0.5
("logit adjustment", Menon and others 2021, "Long-tail learning via logit adjustment"). Every file and every client, who
take the most probable class, then decide as was measured.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import numpy as np

from kerasft.base.json_values import JsonFields, JsonObject
from kerasft.base.options import from_dict, is_number
from kerasft.base.thresholds import FEWEST, HALF, Score, balanced_accuracies, best_threshold, f1_scores

SCORES: dict[str, Score] = {"f1": f1_scores, "balanced_accuracy": balanced_accuracies}
MOST = 50.0  # a larger shift leaves one class alone


@dataclass(frozen=True)
class Moved:
    """A threshold between two classes that was chosen on the validation split.

    Args:
        chosen_for: The score: one of `SCORES`.
        label: The class, an index: the rarer one of the validation split.
        threshold: The probability from which on it is the answer, before it is moved to 0.5.
        before: The score there with 0.5.
        after: The score there with the threshold.
        note: Why it is 0.5, where it wasn't looked for.
    """

    chosen_for: str
    label: int = 1
    threshold: float = HALF
    before: float | None = None
    after: float | None = None
    note: str = ""

    @property
    def shift(self) -> list[float]:
        """What is added to the two logits."""
        found = [0.0, 0.0]
        if self.threshold != HALF:
            found[self.label] = -math.log(self.threshold / (1 - self.threshold))
        return found

    @property
    def score(self) -> str:
        """The score, in words."""
        return {"f1": "F1", "balanced_accuracy": "balanced accuracy"}[self.chosen_for]

    def __str__(self) -> str:
        if self.note:
            return f"threshold 0.5, {self.note}"
        return (
            f"threshold {self.threshold:.3g} moved to 0.5: {self.score} {self.before:.4f} -> {self.after:.4f}"
        )

    def as_dict(self) -> JsonObject:
        """Returns it as a value for JSON."""
        return asdict(self)


def move(probabilities: np.ndarray, labels: np.ndarray, chosen_for: str) -> Moved:
    """Chooses the threshold between two classes: see `best_threshold`.

    Args:
        probabilities: float (examples, 2).
        labels: int (examples,), the true classes.
        chosen_for: One of `SCORES`.
    """
    counts = np.bincount(labels, minlength=2)
    label = 0 if counts[0] < counts[1] else 1
    if counts.min() < FEWEST:
        note = f"not chosen: the validation split has {counts.min()} examples of a class, and {FEWEST} are needed"
        return Moved(chosen_for, label, note=note)
    own, truth = probabilities[:, label], labels == label
    found = best_threshold(own, truth, SCORES[chosen_for])
    found = min(max(found, 1e-6), 1 - 1e-6)
    decided = own[:, None] >= np.array([HALF, found])
    before, after = SCORES[chosen_for](np.ones((1, len(own))), decided, truth)[0]
    return Moved(chosen_for, label, found, float(before), float(after))


def read_moved(values: JsonFields) -> Moved:
    """Returns what `Moved.as_dict` gave, checked.

    Raises:
        InputError: A value is of another type.
        ValueError: A value can't be meant.
    """
    found = from_dict(Moved, values)
    if found.chosen_for not in SCORES or found.label not in (0, 1) or not 0 < found.threshold < 1:
        raise ValueError(f"the threshold is {found.threshold!r:.40} of class {found.label!r:.40}")
    return found


def checked_shift(values: object) -> list[float]:
    """Returns the shift of a description, checked.

    Raises:
        ValueError: It is something else than two numbers.
    """
    if not isinstance(values, list) or len(values) != 2:
        raise ValueError("moved is not a list of two numbers")
    if not all(is_number(value) and abs(value) <= MOST for value in values):
        raise ValueError(f"moved is {values!r:.60}")
    return [float(value) for value in values]
