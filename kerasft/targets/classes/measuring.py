"""From labels and probabilities to every number of an evaluation; scikit-learn does the sums."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kerasft.base.errors import InputError, KerasftError, Problem
from kerasft.targets.classes.calibration import log_loss
from kerasft.targets.classes.deciding import Decide, most_probable
from kerasft.targets.classes.evaluation import TOP_K, Averages, ClassEvaluation, ClassScores


def measure(
    labels: np.ndarray,
    probabilities: np.ndarray,
    class_names: Sequence[str],
    ids: Sequence[str] | None = None,
    decide: Decide = most_probable,
) -> ClassEvaluation:
    """Computes every metric of the report.

    Args:
        labels: int (examples,): index of the true class of each example.
        probabilities: float (examples, classes), each row in the same order as `labels`.
        class_names: In the order of the columns. Classes without examples are allowed.
        ids: One per example, for the table of predictions; default "0", "1", ...
        decide: From probabilities to classes.

    Raises:
        InputError: There are no examples, or the lengths don't fit, or a label is out of range.
        KerasftError: A probability is NaN or infinite.
    """
    from sklearn import metrics

    labels, probabilities = np.asarray(labels).astype("int64"), np.asarray(probabilities, "float32")
    ids = tuple(map(str, range(len(labels)))) if ids is None else tuple(ids)
    _check(labels, probabilities, class_names, ids)
    everything = np.arange(len(class_names))
    predictions = decide(probabilities)

    def scores(**options: object) -> tuple[np.ndarray, ...]:
        return metrics.precision_recall_fscore_support(labels, predictions, zero_division=0, **options)

    per_class = zip(class_names, *scores(labels=everything), strict=True)
    present = np.unique(labels)
    return ClassEvaluation(
        accuracy=float(metrics.accuracy_score(labels, predictions)),
        top5=_top5(labels, probabilities),
        log_loss=log_loss(probabilities, labels),
        macro=Averages(*map(float, scores(labels=present, average="macro")[:3])),
        weighted=Averages(*map(float, scores(labels=everything, average="weighted")[:3])),
        classes=tuple(
            ClassScores(name, float(p), float(r), float(f), int(n)) for name, p, r, f, n in per_class
        ),
        confusion=metrics.confusion_matrix(labels, predictions, labels=everything),
        labels=labels,
        probabilities=probabilities,
        ids=ids,
    )


def _check(
    labels: np.ndarray, probabilities: np.ndarray, class_names: Sequence[str], ids: tuple[str, ...]
) -> None:
    if len(labels) == 0:
        raise InputError(
            Problem("there are no examples to evaluate on", "", "give a folder with labelled examples")
        )
    if probabilities.shape != (len(labels), len(class_names)) or len(ids) != len(labels):
        shapes = f"{len(labels)} labels, {len(ids)} ids, probabilities {probabilities.shape}"
        raise InputError(
            Problem(f"labels, ids and probabilities of {len(class_names)} classes don't fit", shapes)
        )
    if labels.min() < 0 or labels.max() >= len(class_names):
        outside = labels.min() if labels.min() < 0 else labels.max()
        raise InputError(Problem(f"a label is no index of the {len(class_names)} classes", str(outside)))
    broken = ~np.isfinite(probabilities).all(axis=1)
    if broken.any():
        first = ids[int(np.flatnonzero(broken)[0])]
        raise KerasftError(
            f"the model answers with NaN for {broken.sum()} of {len(labels)} examples (first: {first}); "
            "its weights are broken: train again with a lower learning rate"
        )


def _top5(labels: np.ndarray, probabilities: np.ndarray) -> float | None:
    from sklearn import metrics

    num_classes = probabilities.shape[1]
    if num_classes <= TOP_K:
        return None
    return float(metrics.top_k_accuracy_score(labels, probabilities, k=TOP_K, labels=np.arange(num_classes)))
