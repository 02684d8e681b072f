"""Probabilities that mean something: the slope and the offset that each label's logits get, fitted on held-out data.

A network is surer than it is right, and weights of the loss move all its probabilities. A line through the logits of a
label puts both right (Platt 1999, "Probabilistic Outputs for Support Vector Machines"). On its own a label's few
examples would be followed by chance, so one line is fitted for all labels together, and each label's own leaves it only
as far as its examples say so: a Gaussian prior on the logarithm of the slope and on the offset, as in a mixed model.
docs/labels.md has what that was compared with.
"""

from __future__ import annotations

import numpy as np

from kerasft.base.statistics import sigmoid

PRIOR = (
    20.0  # the precision of the prior: a label's offset lies within 1 / sqrt(20) of the shared one, as a rule
)
STEEPEST, FARTHEST = 20.0, 10.0  # the bounds of slopes (and of their inverse) and of offsets

Line = tuple[float, float]  # logarithm of the slope, and offset


def scaled(logits: np.ndarray, slopes: tuple[float, ...], offsets: tuple[float, ...]) -> np.ndarray:
    """Returns float32 logits (n, labels) on the lines of their labels; as they are where there are no lines."""
    if not slopes:
        return logits
    return logits * np.array(slopes, np.float32) + np.array(offsets, np.float32)


def fit_lines(
    logits: np.ndarray, truth: np.ndarray, prior: float = PRIOR
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Returns slopes and offsets, one of each for each label, to four digits.

    What is there has the target (n + 1) / (n + 2) and not 1, and likewise what isn't, as Platt does, where n counts
    those of all labels: where all answers are right, the best slope would be endless.

    Args:
        logits: float (n, labels).
        truth: bool (n, labels).
        prior: How much each label is held by the line of all.
    """
    values, there = logits.astype("float64"), int(truth.sum())
    targets = np.where(truth, (there + 1) / (there + 2), 1 / (truth.size - there + 2))
    shared = _fitted(values.ravel(), targets.ravel(), (0.0, 0.0), 0.0)
    lines = [_fitted(values[:, k], targets[:, k], shared, prior) for k in range(truth.shape[1])]
    return _rounded(np.exp([slope for slope, _ in lines])), _rounded([offset for _, offset in lines])


def log_loss(probabilities: np.ndarray, truth: np.ndarray) -> float:
    """Returns the mean of -ln(probability of what is true) over decisions (n, labels), in nats; floored at 1e-7."""
    right = np.where(truth, probabilities, 1 - probabilities.astype("float64"))
    return float(-np.log(np.maximum(right, 1e-7)).mean())


def _fitted(logits: np.ndarray, targets: np.ndarray, about: Line, prior: float) -> Line:
    from scipy.optimize import minimize

    def loss(line: np.ndarray) -> tuple[float, np.ndarray]:
        steep, moved = np.exp(line[0]) * logits, line - about
        odds = steep + line[1]
        off = sigmoid(odds) - targets
        value = (np.logaddexp(0, odds) - targets * odds).sum() + prior * (moved**2).sum() / 2
        return float(value), np.array([(off * steep).sum(), off.sum()]) + prior * moved

    furthest = np.log(STEEPEST)
    bounds = [(-furthest, furthest), (-FARTHEST, FARTHEST)]
    found = minimize(loss, np.array(about), jac=True, method="L-BFGS-B", bounds=bounds).x
    return float(found[0]), float(found[1])


def _rounded(values: np.ndarray | list[float]) -> tuple[float, ...]:
    return tuple(float(f"{value:.4g}") for value in values)
