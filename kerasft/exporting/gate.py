"""The gate: what an exported file must reach beside the Keras model before it gets its name.

SavedModel, ONNX and TFLite float32 compute what the Keras model computes, in float32. Nothing but rounding may part
them from it, so their limit is what rounding does to this very model (`kerasft.networks.rounding`): it holds on any
processor, and a wrong file fails it wherever it is made. And no probability may be 1e-3 off, since people read three
decimals.

float16 rounds the weights to 11 bits. That is no question of the processor but of what an app can live with: no
probability may be 1e-2 off.

Quantised files must decide the same: dynamic range and int16 on 99 %, int8 and mixed on 97 % of the pictures, and at
most 1 point of accuracy may be lost. The two shares can be set for an export. On a small test split one picture weighs
more than that, so one picture that differs, and one that is lost, is always allowed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from kerasft.networks.rounding import distance, sum_limit


@dataclass(frozen=True)
class Target:
    """What a file must reach; None is not asked for.

    Args:
        difference: Largest allowed difference of a probability.
        exact: Whether nothing but float32 rounding may part the answers from the Keras model's.
        agreement: Smallest allowed share of pictures with the same most probable class.
        accuracy_drop: Largest allowed loss of accuracy, as a share.
    """

    difference: float | None = None
    exact: bool = False
    agreement: float | None = None
    accuracy_drop: float | None = None


EXACT = Target(difference=1e-3, exact=True)
TARGETS = {
    "saved_model": EXACT,
    "onnx": EXACT,
    "float32": EXACT,
    "float16": Target(difference=1e-2),
    "dynamic": Target(agreement=0.99, accuracy_drop=0.01),
    "int16": Target(agreement=0.99, accuracy_drop=0.01),
    "int8": Target(agreement=0.97, accuracy_drop=0.01),
    "mixed": Target(agreement=0.97, accuracy_drop=0.01),
}


def target_of(
    rung: str, max_accuracy_drop: float | None = None, min_agreement: float | None = None
) -> Target:
    """Returns what a rung must reach.

    Args:
        rung: A key of `TARGETS`.
        max_accuracy_drop: Allowed loss of accuracy of a quantised file, as a share; None: its own target.
        min_agreement: Needed share of examples with the same most probable class; None: its own target.
    """
    target = TARGETS[rung]
    if target.agreement is None:  # float files answer alike, whatever an app can live with
        return target
    drop = target.accuracy_drop if max_accuracy_drop is None else max_accuracy_drop
    return Target(agreement=target.agreement if min_agreement is None else min_agreement, accuracy_drop=drop)


def missed(
    answers: np.ndarray, expected: np.ndarray, labels: np.ndarray, target: Target, rounding: float
) -> list[str]:
    """Returns the targets that a file's probabilities miss, in words; nothing when it passes.

    Args:
        answers: float32 (pictures, classes), the file's probabilities.
        expected: float32 (pictures, classes), the Keras model's.
        labels: int (pictures,), the true classes.
        target: What is asked for.
        rounding: The model's `rounding_limit`, for an exact target.
    """
    if not np.isfinite(answers).all():
        return ["it answers with NaN or infinity"]
    failures = too_far(answers, expected, target, rounding)
    pictures = len(labels)
    if target.difference is not None:
        off, limit = (
            float(np.max(np.abs(answers.astype("float64").sum(axis=1) - 1))),
            sum_limit(answers.shape[1]),
        )
        if off > limit:
            failures.append(f"probabilities sum to one only within {off:.2g}, allowed {limit:.2g}")
    if target.agreement is not None:
        differing = pictures - int(same_decision(answers, expected).sum())
        if differing > allowed(1 - target.agreement, pictures):
            failures.append(f"agreement {1 - differing / pictures:.4f}, needed {target.agreement:g}")
    if target.accuracy_drop is not None:
        lost = round((accuracy(expected, labels) - accuracy(answers, labels)) * pictures)
        if lost > allowed(target.accuracy_drop, pictures):
            failures.append(f"accuracy {lost / pictures:.4f} lower, allowed {target.accuracy_drop:g}")
    return failures


def too_far(answers: np.ndarray, expected: np.ndarray, target: Target, rounding: float) -> list[str]:
    """Returns by how much a float file's probabilities are too far from those expected, in words; nothing if not.

    Args:
        answers: float32 (examples, classes).
        expected: float32 (examples, classes).
        target: What is asked for.
        rounding: The model's `rounding_limit`, for an exact target.
    """
    failures = []
    if target.difference is not None:
        difference = largest_difference(answers, expected)
        if not difference <= target.difference:
            failures.append(f"largest difference {difference:.2g}, allowed {target.difference:g}")
    if target.exact:
        apart = distance(answers, expected)
        if not apart <= rounding:
            failures.append(
                f"largest difference of a log probability {apart:.2g}, and rounding explains {rounding:.2g}"
            )
    return failures


def allowed(share: float, pictures: int) -> int:
    """Returns how many pictures a share allows, at least one: a test split of 20 can't show 1 %."""
    return max(1, math.floor(share * pictures + 1e-9))


def accuracy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Returns the share of pictures whose most probable class is theirs."""
    return float(np.mean(probabilities.argmax(axis=1) == labels))


def same_decision(answers: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Returns bool (pictures,): whether the most probable class is the same."""
    return answers.argmax(axis=1) == expected.argmax(axis=1)


def largest_difference(first: np.ndarray, second: np.ndarray) -> float:
    """Returns the largest absolute difference of two arrays of probabilities; NaN stays NaN."""
    return float(np.max(np.abs(first.astype("float64") - second.astype("float64"))))
