"""Labels that are probably wrong: confident learning.

A simple classifier is trained on frozen features, and gives each example the probabilities of a model that has not
seen it. A class counts as claimed for an example if its probability reaches what it has on average among the examples
that carry its label. Where the most probable claimed class is another than the label, the label is suspected
(Northcutt, Jiang and Chuang, "Confident Learning", JAIR 2021). The worst come first: those with the largest gap
between the claimed class and the label.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

FOLDS = 5
_MOST_ROWS = 30_000
# How many of the planted errors are found depends on it: measured, see docs/doctor.md
IMAGES, TEXTS, WORDS = 0.1, 0.01, 10.0


@dataclass(frozen=True)
class Suspicion:
    """One label that is probably wrong.

    Args:
        row: The example.
        claimed: The class that it looks like, an index.
        label_probability: What the classifier gives its label, 0..1.
        claimed_probability: What it gives the other class.
    """

    row: int
    claimed: int
    label_probability: float
    claimed_probability: float


def rows_judged(labels: np.ndarray) -> int:
    """Returns how many of some labels `suspected_labels` looks at: at most 30,000, and none of a class of one."""
    counts = np.bincount(labels)
    judged = int(counts[counts >= 2].sum()) if (counts >= 2).sum() > 1 else 0
    return min(judged, _MOST_ROWS)


def suspected_labels(
    features: np.ndarray | csr_matrix, labels: np.ndarray, seed: int = 0, strength: float = IMAGES
) -> tuple[list[Suspicion], float]:
    """Finds labels that are probably wrong.

    Args:
        features: (n, channels), dense or sparse.
        labels: int (n,), class indexes; classes with a single example are passed over.
        seed: Of the folds.
        strength: Of the classifier, as the inverse of its regularisation: `IMAGES`, `TEXTS` or `WORDS`.

    Returns:
        The suspicions, the worst first, and the share of labels that the classifier agrees with.
    """
    counts = np.bincount(labels)
    rows = np.flatnonzero(counts[labels] >= 2)
    if len(rows) > _MOST_ROWS:
        rows = np.sort(np.random.default_rng(seed).choice(rows, _MOST_ROWS, replace=False))
    present, own = np.unique(labels[rows], return_inverse=True)
    if len(present) < 2:
        return [], 1.0
    probabilities = _out_of_sample(features[rows], own, seed, strength)
    suspicions = []
    for row, claimed in confident_disagreements(probabilities, own):
        given = probabilities[row, own[row]]
        suspicions.append(
            Suspicion(int(rows[row]), int(present[claimed]), float(given), float(probabilities[row, claimed]))
        )
    agreement = float((probabilities.argmax(1) == own).mean())
    return suspicions, agreement


def confident_disagreements(probabilities: np.ndarray, labels: np.ndarray) -> list[tuple[int, int]]:
    """Returns (row, claimed class) of the examples whose claimed class is not their label, the worst first.

    Args:
        probabilities: (n, classes), of a model that has not seen the example.
        labels: int (n,); each class is there.
    """
    thresholds = np.array([probabilities[labels == k, k].mean() for k in range(probabilities.shape[1])])
    claims = np.where(probabilities >= thresholds, probabilities, -1.0)
    claimed = claims.argmax(1)
    found = np.flatnonzero((claims.max(1) >= 0) & (claimed != labels))
    gaps = probabilities[found, claimed[found]] - probabilities[found, labels[found]]
    return [(int(row), int(claimed[row])) for row in found[np.argsort(-gaps, kind="stable")]]


def _out_of_sample(
    features: np.ndarray | csr_matrix, labels: np.ndarray, seed: int, strength: float
) -> np.ndarray:
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from threadpoolctl import threadpool_limits

    sparse = not isinstance(features, np.ndarray)
    classifier = LogisticRegression(C=strength, max_iter=300)
    model = classifier if sparse else make_pipeline(StandardScaler(), classifier)
    folds = min(FOLDS, int(np.bincount(labels).min()))
    split = StratifiedKFold(folds, shuffle=True, random_state=seed)
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the solver's last digits
        return cross_val_predict(model, features, labels, cv=split, method="predict_proba")
