"""How far apart two programs' boxes and scores are."""

from __future__ import annotations

import numpy as np

from kerasft.networks.rounding import UNIT
from kerasft.targets.boxes.geometry import overlaps
from kerasft.targets.boxes.suppression import LEAST_SCORE, suppressed

SAME = 0.5  # intersection over union of two boxes, from which on they are the same
_DECODING = 16  # units: an exponential, a product and a sum, and a sigmoid


def boxes_agreed(answers: np.ndarray, expected: np.ndarray, threshold: float) -> np.ndarray:
    """Returns the share of boxes (n,) that both programs show: of the same class, on each other.

    Images without boxes agree.

    Args:
        answers: float32 (n, anchors, 4 + classes).
        expected: Of the same shape.
        threshold: The score from which on a box is shown.
    """
    shares = []
    for one, other in zip(answers, expected, strict=True):
        first, second = suppressed(one), suppressed(other)
        sides = [(first, second), (second, first)]
        met = [
            _met(mine[mine[:, 4] >= threshold], theirs[theirs[:, 4] >= threshold]) for mine, theirs in sides
        ]
        all_of_them = np.concatenate(met)
        shares.append(all_of_them.mean() if len(all_of_them) else 1.0)
    return np.array(shares)


def boxes_shown(answers: np.ndarray, expected: np.ndarray, threshold: float) -> np.ndarray:
    """Returns how many boxes of each image (n,) are shown, by the one of both programs that shows more."""
    counts = [[(suppressed(one)[:, 4] >= threshold).sum() for one in each] for each in (answers, expected)]
    return np.max(np.array(counts).reshape(2, -1), axis=0)


def _met(mine: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Returns which boxes (k, 6) lie on one of another program, each of which is taken once, best first: bool (k,)."""
    free, met = np.ones(len(theirs), bool), np.zeros(len(mine), bool)
    for row, box in enumerate(mine):
        overlap = overlaps(box[None, :4], theirs[:, :4])[0] * (free & (theirs[:, 5] == box[5]))
        if overlap.max(initial=0.0) >= SAME:
            free[overlap.argmax()], met[row] = False, True
    return met


def seen_difference(answers: np.ndarray, expected: np.ndarray) -> float:
    """Returns the largest difference of a score, or of a box that counts, as a share of the image; NaN stays."""
    if answers.shape != expected.shape:
        return _nearest_difference(answers, expected)
    counts = np.maximum(answers[..., 4:].max(axis=-1), expected[..., 4:].max(axis=-1)) >= LEAST_SCORE
    apart = np.abs(answers.astype("float64") - expected)
    apart[..., :4] = np.where(counts[..., None], apart[..., :4], 0)
    return float(apart.max(initial=0.0))


def largest_difference(answers: np.ndarray, expected: np.ndarray) -> float:
    """Returns the largest difference of a score, or of any box, as a share of the image; NaN stays."""
    if answers.shape != expected.shape:
        return _nearest_difference(answers, expected)
    return float(np.abs(answers.astype("float64") - expected).max(initial=0.0))


def _nearest_difference(answers: np.ndarray, expected: np.ndarray) -> float:
    """Returns how far finished boxes (n, k, 4 + classes) are from those of anchors: each from the nearest one.

    Each should be the box of an anchor, with the score that this has for the class.
    """
    apart = 0.0
    for one, other in zip(answers.astype("float64"), expected.astype("float64"), strict=True):
        rows = np.flatnonzero(one[:, 4:].any(axis=1) | np.isnan(one).any(axis=1))
        for row in rows:
            number = int(np.nanargmax(one[row, 4:])) if not np.isnan(one[row, 4:]).all() else 0
            boxes = np.abs(other[:, :4] - one[row, :4]).max(axis=1)
            apart = max(
                apart, float(np.maximum(boxes, np.abs(other[:, 4 + number] - one[row, 4 + number])).min())
            )
    return apart if np.isfinite(answers).all() else float("nan")


def decoding_error() -> float:
    """Returns by how much float32 moves what is made of outputs."""
    return UNIT * _DECODING
