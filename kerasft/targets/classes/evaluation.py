"""How good answers are that are one class of several: every number, as a plain table, and as files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from kerasft.base import files
from kerasft.base.csv_cells import csv_text
from kerasft.base.errors import Problem
from kerasft.base.json_values import JsonObject
from kerasft.base.shares import in_words
from kerasft.base.statistics import Interval
from kerasft.base.wording import shorten as some_of
from kerasft.contract.evaluation import Evaluation, OfClass
from kerasft.targets.classes.plots import plot_confusion_matrix, shorten
from kerasft.targets.classes.schema import Classes

FILES = ("metrics.json", "per_class.csv", "confusion_matrix.csv", "confusion_matrix.png", "predictions.csv")
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
class ClassEvaluation(Evaluation):
    """How good answers are that are one class of several.

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
    """

    score_name: ClassVar[str] = "accuracy"
    class_score: ClassVar[str] = "recall"

    accuracy: float
    top5: float | None
    log_loss: float
    macro: Averages
    weighted: Averages
    classes: tuple[ClassScores, ...]
    confusion: np.ndarray
    labels: np.ndarray
    probabilities: np.ndarray

    @property
    def score(self) -> float:
        """The accuracy."""
        return self.accuracy

    @property
    def metrics(self) -> Mapping[str, float]:
        """Accuracy, log loss, macro F1, and beyond five classes top-5 accuracy."""
        top5 = {} if self.top5 is None else {"top5": self.top5}
        return {"accuracy": self.accuracy, **top5, "log_loss": self.log_loss, "macro_f1": self.macro.f1}

    @property
    def per_example(self) -> np.ndarray:
        """float64 (examples,): 1.0 for a right answer, 0.0 for a wrong one."""
        return self.right.astype("float64")

    @property
    def expected(self) -> tuple[str, ...]:
        """The class of each example."""
        names = self.class_names
        return tuple(names[label] for label in self.labels)

    @property
    def schema(self) -> Classes:
        """The classes."""
        return Classes(self.class_names)

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the score, the accuracy."""
        return self.accuracy_interval

    @property
    def accuracy_interval(self) -> tuple[float, float]:
        """The 95 % interval of the accuracy: Wilson's; by bootstrap where units are drawn."""
        found = Interval.of_mean(self.right.astype("float64"), units=self.unit_numbers)
        return found.low, found.high

    @property
    def class_names(self) -> tuple[str, ...]:
        """The class names, in the order of the model's outputs."""
        return tuple(each.name for each in self.classes)

    @property
    def predictions(self) -> np.ndarray:
        """int64 (examples,): the class that each answer decides for."""
        return self.schema.decide(self.probabilities)

    @property
    def confidence(self) -> np.ndarray:
        """float64 (examples,): the probability of that class."""
        return self.probabilities[np.arange(len(self.labels)), self.predictions].astype("float64")

    @property
    def right(self) -> np.ndarray:
        """Whether each answer is right, bool (examples,)."""
        return self.predictions == self.labels

    @property
    def of_classes(self) -> tuple[OfClass, ...]:
        """The recall of each class."""
        rows = (np.flatnonzero(self.labels == number) for number in range(len(self.classes)))
        named, right = zip(self.class_names, rows, strict=True), self.right.astype("float64")
        return tuple(OfClass.of_mean(name, each, right, self.units) for name, each in named)

    def mistakes(self) -> np.ndarray:
        """Returns the rows of all wrong answers, the most confident first."""
        wrong = np.flatnonzero(~self.right)
        return wrong[np.argsort(-self.confidence[wrong], kind="stable")]

    def mismatch(self, other: ClassEvaluation, both: str) -> Problem | None:
        """Returns a problem where one has a class that the other has not."""
        odd = sorted(set(self.class_names) ^ set(other.class_names))
        if not odd:
            return None
        received = f"only one of them has {some_of(odd, 3)}"
        return Problem(f"{both} have other classes", received, "compare models of the same classes")

    def as_dict(self) -> JsonObject:
        """Returns all but the single examples, as a value for JSON (numbers are finite, or None)."""
        averages = {name: vars(getattr(self, name)).copy() for name in ("macro", "weighted")}
        return {
            "examples": len(self.labels),
            "drawn": self.drawn,
            "left_out": list(self.left_out),
            "seen_in_training": None if self.seen is None else self.seen.count,
            "artifact": self.artifact,
            "accuracy": self.accuracy,
            "accuracy_interval": list(self.accuracy_interval),
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
        folder, names = Path(folder), self.class_names
        files.write_json(folder / "metrics.json", self.as_dict())
        scores = [(each.name, each.precision, each.recall, each.f1, each.support) for each in self.classes]
        _write_csv(folder / "per_class.csv", ("class", "precision", "recall", "f1", "support"), scores)
        counts = [(name, *row) for name, row in zip(names, self.confusion.tolist(), strict=True)]
        _write_csv(folder / "confusion_matrix.csv", ("label (rows) / prediction (columns)", *names), counts)
        _write_csv(folder / "predictions.csv", _prediction_header(names), _prediction_rows(self))
        with files.atomic_path(folder / "confusion_matrix.png") as temporary:
            plot_confusion_matrix(self.confusion, names).savefig(temporary)
        return folder

    def main_numbers(self) -> list[tuple[str, str, str]]:
        """Returns the numbers that stand first, as text: names, values, and what stands behind."""
        top5 = [] if self.top5 is None else [("top-5 accuracy", f"{self.top5:.4f}", "")]
        return [
            ("accuracy", f"{self.accuracy:.4f}", f"  ({in_words(self.accuracy_interval)})"),
            *top5,
            ("log loss", f"{self.log_loss:.4f}", ""),
            ("macro F1", f"{self.macro.f1:.4f}", ""),
        ]

    def __str__(self) -> str:
        """Returns the main numbers and the scores per class, as plain text of at most 80 columns.

        Beyond 20 classes, only the 10 with the lowest F1 are listed.
        """
        drawn = f"  in {self.drawn}, drawn for the interval" if self.drawn else ""
        numbers = [("examples", str(len(self.labels)), drawn), *self.main_numbers()]
        width = max(16, *(len(name) + 2 for name, *_ in numbers))
        lines = [f"{name:<{width}}{value:>8}{remark}" for name, value, remark in numbers]
        if self.artifact:
            lines.insert(0, f"{self.artifact}\n")
        lines += ["", *_class_table(self.classes)]
        if self.left_out:
            lines += ["", *(f"left out: {each}" for each in self.left_out)]
        if self.seen is not None and self.seen.count:
            lines += ["", f"note: {self.seen.sentence()}"]
        return "\n".join(lines)


def _class_table(classes: Sequence[ClassScores]) -> list[str]:
    listed, note = _classes_to_show(classes)
    lines = [note] if note else []
    names = [shorten(each.name, 28) for each in listed]
    width = max([5, *map(len, names)])
    lines.append(f"{'class':<{width}}  precision  recall      F1  support")
    for name, each in zip(names, listed, strict=True):
        recall, f1 = (f"{each.recall:.4f}", f"{each.f1:.4f}") if each.support else ("-", "-")
        lines.append(f"{name:<{width}}  {each.precision:>9.4f}  {recall:>6}  {f1:>6}  {each.support:>7}")
    absent = sum(each.support == 0 for each in classes)
    if absent:
        have = "class has" if absent == 1 else "classes have"
        lines.append(f"{absent} {have} no image here; macro F1 is the mean over the others.")
    return lines


def _classes_to_show(classes: Sequence[ClassScores]) -> tuple[Sequence[ClassScores], str]:
    if len(classes) <= MOST_CLASSES_SHOWN:
        return classes, ""
    with_examples = [each for each in classes if each.support]
    worst = sorted(with_examples, key=lambda each: each.f1)[:WORST_CLASSES_SHOWN]
    note = f"the {len(worst)} classes with the lowest F1, of {len(classes)} (all are in per_class.csv):"
    return worst, note


def _prediction_header(class_names: Sequence[str]) -> tuple[str, ...]:
    return ("id", "label", "prediction", "correct", *(f"probability of {name}" for name in class_names))


def _prediction_rows(evaluation: ClassEvaluation) -> Iterable[tuple[object, ...]]:
    names = evaluation.class_names
    columns = (evaluation.ids, evaluation.labels, evaluation.predictions, evaluation.probabilities)
    for id_, label, prediction, probabilities in zip(*columns, strict=True):
        correct = "yes" if label == prediction else "no"
        yield id_, names[label], names[prediction], correct, *(f"{p:.6g}" for p in probabilities)


def _write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    files.write_text(path, csv_text([header, *rows]))
