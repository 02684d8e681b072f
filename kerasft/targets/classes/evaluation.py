"""From labels and probabilities to every number of the report; scikit-learn does the sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kerasft.base.errors import InputError, KerasftError, Problem
from kerasft.base.shares import wilson
from kerasft.data.earlier import Seen
from kerasft.targets.classes.calibration import log_loss

TOP_K = 5
MOST_CLASSES_SHOWN = 20
WORST_CLASSES_SHOWN = 10


@dataclass(frozen=True)
class ClassScores:
    """The scores of one class, shares between 0 and 1, and `support`, its number of examples."""

    name: str
    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True)
class Averages:
    """Precision, recall and F1 over classes, shares between 0 and 1."""

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, eq=False)
class Evaluation:
    """How good predictions are.

    Args:
        accuracy: Share of examples whose most probable class is theirs.
        top5: Share of examples with their class among the five most probable; None up to five classes.
        log_loss: Mean of -ln(probability of the right class), in nats: see `calibration.losses`.
        macro: Mean over the classes that have examples, each counting the same.
        weighted: Mean over the classes, weighted by their examples.
        classes: One entry per class, in the order of the model's outputs. Undefined scores are 0.
        confusion: int64 (true classes, predicted classes), numbers of examples.
        labels: int64 (examples,), the true classes.
        probabilities: float32 (examples, classes).
        ids: One per example, in the same order: file names, or "0", "1", ...
        left_out: "id: reason" of each example that was left out because it can't be read.
        artifact: Whose numbers these are, in words: the run's Keras model, or an exported file.
        seen: How many of the examples the model was trained on; None where that isn't known.
    """

    accuracy: float
    top5: float | None
    log_loss: float
    macro: Averages
    weighted: Averages
    classes: tuple[ClassScores, ...]
    confusion: np.ndarray
    labels: np.ndarray
    probabilities: np.ndarray
    ids: tuple[str, ...]
    seen: Seen | None = None
    left_out: tuple[str, ...] = ()
    artifact: str = ""

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the accuracy: see `kerasft.base.shares`."""
        return wilson(int((self.predictions == self.labels).sum()), len(self.labels))

    @property
    def class_names(self) -> tuple[str, ...]:
        """The class names, in the order of the model's outputs."""
        return tuple(each.name for each in self.classes)

    @property
    def predictions(self) -> np.ndarray:
        """int64 (examples,): the most probable class of each example (the first one of equals)."""
        return self.probabilities.argmax(axis=1)

    def as_dict(self) -> dict[str, Any]:
        """Returns all but the single examples, as a value for JSON (numbers are finite, or None)."""
        averages = {name: vars(getattr(self, name)).copy() for name in ("macro", "weighted")}
        return {
            "examples": len(self.labels),
            "left_out": list(self.left_out),
            "seen_in_training": None if self.seen is None else self.seen.count,
            "artifact": self.artifact,
            "accuracy": self.accuracy,
            "accuracy_interval": list(self.interval),
            "top5": self.top5,
            "log_loss": self.log_loss,
            **averages,
            "classes": [vars(each).copy() for each in self.classes],
            "confusion_matrix": self.confusion.tolist(),
        }

    def write(self, folder: str | Path) -> Path:
        """Writes metrics.json, per_class.csv, confusion_matrix.csv and .png, and predictions.csv.

        Each file is replaced in one step. Returns the folder.
        """
        from kerasft.targets.classes.files import write_evaluation

        return write_evaluation(self, Path(folder))

    def __str__(self) -> str:
        from kerasft.targets.classes.files import to_table

        return to_table(self)


def measure(
    labels: np.ndarray,
    probabilities: np.ndarray,
    class_names: Sequence[str],
    ids: Sequence[str] | None = None,
) -> Evaluation:
    """Computes every metric of the report.

    Args:
        labels: int (examples,): index of the true class of each example.
        probabilities: float (examples, classes), each row in the same order as `labels`.
        class_names: In the order of the columns. Classes without examples are allowed.
        ids: One per example, for the table of predictions; default "0", "1", ...

    Raises:
        InputError: There are no examples, or the lengths don't fit, or a label is out of range.
        KerasftError: A probability is NaN or infinite.
    """
    from sklearn import metrics

    labels, probabilities = np.asarray(labels).astype("int64"), np.asarray(probabilities, "float32")
    ids = tuple(map(str, range(len(labels)))) if ids is None else tuple(ids)
    _check(labels, probabilities, class_names, ids)
    everything = np.arange(len(class_names))
    predictions = probabilities.argmax(axis=1)

    def scores(**options: Any) -> tuple[Any, ...]:
        return metrics.precision_recall_fscore_support(labels, predictions, zero_division=0, **options)

    per_class = zip(class_names, *scores(labels=everything), strict=True)
    present = np.unique(labels)
    return Evaluation(
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
