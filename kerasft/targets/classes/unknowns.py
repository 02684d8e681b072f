"""When to say "unknown": the probability below which a classifier should not answer."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from kerasft.base.json_values import JsonObject
from kerasft.targets.classes.deciding import Decide, most_probable


@dataclass(frozen=True)
class Unknowns:
    """A threshold, and what it does on examples that it was not chosen on.

    Args:
        wanted_precision: The share of right answers that was asked for.
        threshold: Answers with a probability below it are "unknown"; 0 where every answer is kept.
        coverage: Share of the examples that are answered.
        precision: Share of right ones among the answers; None where nothing is answered.
        answered: How many are answered.
        split: Where coverage and precision were measured.
    """

    wanted_precision: float
    threshold: float
    coverage: float
    precision: float | None
    answered: int
    split: str

    def as_dict(self) -> JsonObject:
        """Returns it as a value for JSON."""
        return dataclasses.asdict(self)

    def __str__(self) -> str:
        right = "none" if self.precision is None else f"{self.precision:.4f} of them right"
        return (
            f"'unknown' below {self.threshold:.4f}: {self.coverage:.1%} of the {self.split} split is answered, "
            f"{right} (wanted: {self.wanted_precision:g})"
        )

    def card(self) -> str:
        """Returns sentences for the model card."""
        kept = (
            "It is the score threshold of the metadata, so MediaPipe gives no class below it."
            if self.threshold
            else "So every answer may stay, and no threshold was written."
        )
        return f"Threshold: {self}. {kept}"


def choose_threshold(
    probabilities: np.ndarray, labels: np.ndarray, precision: float, decide: Decide = most_probable
) -> float | None:
    """Returns the lowest threshold whose answers are right often enough on these examples.

    Args:
        probabilities: float (examples, classes), of the validation split.
        labels: int (examples,).
        precision: Wanted share of right ones among the answers, above 0 and at most 1.
        decide: From probabilities to classes.

    Returns:
        0 when all answers may stay; None when no threshold reaches it. Else midway between the last answer that
        stays and the next one that goes.
    """
    confidence = probabilities.max(axis=1).astype("float64")
    right = decide(probabilities) == labels
    order = np.argsort(-confidence, kind="stable")
    confidence, share = confidence[order], np.cumsum(right[order]) / np.arange(1, len(labels) + 1)
    # a threshold can't part equals, so it may only stand where the next one is lower
    last_of_equals = np.append(confidence[1:] < confidence[:-1], True)
    good = np.flatnonzero((share >= precision) & last_of_equals)
    if not len(good):
        return None
    last = int(good[-1])
    if last == len(labels) - 1:
        return 0.0
    return float((confidence[last] + confidence[last + 1]) / 2)


def measure_threshold(
    probabilities: np.ndarray,
    labels: np.ndarray,
    threshold: float,
    wanted: float,
    split: str,
    decide: Decide = most_probable,
) -> Unknowns:
    """Measures a threshold on a split that it was not chosen on."""
    answered = probabilities.max(axis=1) >= threshold
    right = decide(probabilities) == labels
    count = int(answered.sum())
    precision = float(right[answered].mean()) if count else None
    return Unknowns(wanted, threshold, count / len(labels), precision, count, split)
