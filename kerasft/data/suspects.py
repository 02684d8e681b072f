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
    judged = judged_labels(features, labels, seed, strength)
    return ([], 1.0) if judged is None else (suspicions_of(judged), judged.agreement)


@dataclass(frozen=True)
class Judged:
    """What a classifier says of examples that it has not seen.

    Args:
        rows: int (n,), the examples that were judged.
        present: int (classes,), the class indexes that are there, rising.
        labels: int (n,), of each example the place of its class in `present`.
        probabilities: float (n, classes).
    """

    rows: np.ndarray
    present: np.ndarray
    labels: np.ndarray
    probabilities: np.ndarray

    @property
    def agreement(self) -> float:
        """The share of labels that the classifier agrees with."""
        return float((self.probabilities.argmax(1) == self.labels).mean())


def judged_labels(
    features: np.ndarray | csr_matrix, labels: np.ndarray, seed: int = 0, strength: float = IMAGES
) -> Judged | None:
    """Returns what a classifier, trained on others, says of each example; None: there are no two classes to judge.

    Args:
        features: As for `suspected_labels`, as all that follows.
        labels: See there.
        seed: See there.
        strength: See there.
    """
    counts = np.bincount(labels)
    rows = np.flatnonzero(counts[labels] >= 2)
    if len(rows) > _MOST_ROWS:
        rows = np.sort(np.random.default_rng(seed).choice(rows, _MOST_ROWS, replace=False))
    present, own = np.unique(labels[rows], return_inverse=True)
    if len(present) < 2:
        return None
    return Judged(rows, present, own, _out_of_sample(features[rows], own, seed, strength))


def suspicions_of(judged: Judged) -> list[Suspicion]:
    """Returns the labels that are probably wrong, the worst first."""
    return [
        Suspicion(
            int(judged.rows[row]),
            int(judged.present[claimed]),
            float(judged.probabilities[row, judged.labels[row]]),
            float(judged.probabilities[row, claimed]),
        )
        for row, claimed in confident_disagreements(judged.probabilities, judged.labels)
    ]


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
