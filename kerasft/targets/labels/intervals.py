"""How sure the scores of each label are: shares by Wilson, areas under curves by drawing the examples again."""

from __future__ import annotations

import numpy as np

from kerasft.base.decisions import FEWEST, DecisionIntervals, drawn_interval
from kerasft.base.statistics import Interval, draw_counts
from kerasft.targets.labels.evaluation import LabelEvaluation

MOST_LABELS = 40  # with intervals of areas, which take a second for each million of drawn examples
_VALUES_AT_ONCE = 2_000_000


def label_intervals(evaluation: LabelEvaluation) -> list[dict[str, Interval | None]]:
    """Returns the 95 % intervals of each label's scores, by name; None where there is none."""
    units = evaluation.unit_numbers
    decided, truth, found = evaluation.decided, evaluation.truth, []
    weights = draw_counts(len(truth), units)
    for k in range(truth.shape[1]):
        one: dict[str, Interval | None] = dict(vars(DecisionIntervals.of(truth[:, k], decided[:, k], units)))
        if k < MOST_LABELS and FEWEST <= truth[:, k].sum() <= len(truth) - FEWEST:
            one |= _areas(evaluation, k, weights)
        found.append(one)
    return found


def _areas(evaluation: LabelEvaluation, k: int, weights: np.ndarray) -> dict[str, Interval | None]:
    scores = evaluation.labels[k]
    some = max(1, _VALUES_AT_ONCE // weights.shape[1])
    parts = [
        areas(evaluation.probabilities[:, k], evaluation.truth[:, k], weights[start : start + some])
        for start in range(0, len(weights), some)
    ]
    precision, roc = (np.concatenate(each) for each in zip(*parts, strict=True))
    return {
        "average_precision": drawn_interval(scores.average_precision, precision),
        "roc_auc": drawn_interval(scores.roc_auc, roc),
    }


def areas(probabilities: np.ndarray, truth: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns the average precision and the area under the ROC curve of draws in which examples count more than once.

    Args:
        probabilities: float32 (n,).
        truth: bool (n,).
        weights: int (draws, n), how often each example counts.

    Returns:
        float64 (d,) each, of the d draws with and without the label. Of weights of 1, scikit-learn's numbers.
    """
    order = np.argsort(-probabilities, kind="stable")
    last = np.flatnonzero(np.diff(probabilities[order], append=-1.0))  # equal ones are said together
    weights = weights[:, order]
    right = np.cumsum(weights * truth[order], axis=1, dtype="float64")[:, last]
    said = np.cumsum(weights, axis=1, dtype="float64")[:, last]
    some = (right[:, -1] > 0) & (right[:, -1] < said[:, -1])
    right, said = right[some], said[some]
    all_right, wrong = right[:, -1:], said - right
    gained = np.diff(right, axis=1, prepend=0)
    precision = (gained * right / np.maximum(said, 1)).sum(axis=1) / all_right[:, 0]
    steps = np.diff(wrong, axis=1, prepend=0)
    roc = (steps * (right - gained / 2)).sum(axis=1) / (all_right[:, 0] * wrong[:, -1])
    return precision, roc
