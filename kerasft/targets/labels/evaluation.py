"""How good answers are that are several labels: every number, as a plain table, and as files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from kerasft.base import files
from kerasft.base.calibrating import calibration_error
from kerasft.base.csv_cells import csv_text
from kerasft.base.decisions import DecisionIntervals
from kerasft.base.errors import Problem
from kerasft.base.json_values import JsonObject
from kerasft.base.statistics import Interval
from kerasft.base.wording import shorten
from kerasft.contract.evaluation import Evaluation, OfClass
from kerasft.targets.labels.scaling import log_loss
from kerasft.targets.labels.schema import Labels
from kerasft.targets.labels.scores import Averages, LabelScores, label_table, shown

FILES = ("metrics.json", "per_label.csv", "predictions.csv")


@dataclass(frozen=True, eq=False, kw_only=True)
class LabelEvaluation(Evaluation):
    """How good answers are that are several labels. From `measure`.

    Args:
        meant: The labels.
        truth: bool (n, labels), which are there.
        probabilities: float32 (n, labels), those of a model.
        labels: The scores of each label.
        micro: Over all decisions alike.
        macro: The mean over the labels that some example has.
    """

    score_name: ClassVar[str] = "F1 per example"
    class_score: ClassVar[str] = "F1"

    meant: Labels
    truth: np.ndarray
    probabilities: np.ndarray
    labels: tuple[LabelScores, ...]
    micro: Averages
    macro: Averages

    @property
    def decided(self) -> np.ndarray:
        """Bool (n, labels): which labels are said to be there."""
        return self.meant.decide(self.probabilities)

    @property
    def per_example(self) -> np.ndarray:
        """float64 (n,): the F1 of each example's labels; 1 where there are none and none is said to be there."""
        decided, truth = self.decided, self.truth
        total = decided.sum(axis=1) + truth.sum(axis=1)
        return np.where(total > 0, 2 * (decided & truth).sum(axis=1) / np.maximum(total, 1), 1.0)

    @property
    def score(self) -> float:
        """The mean of the F1 of each example."""
        return float(self.per_example.mean())

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the score, by bootstrap."""
        found = Interval.of_mean(self.per_example, units=self.unit_numbers)
        return found.low, found.high

    @property
    def of_classes(self) -> tuple[OfClass, ...]:
        """The F1 of each label."""
        units, decided = self.unit_numbers, self.decided
        sure = (
            DecisionIntervals.of(self.truth[:, k], decided[:, k], units).f1 for k in range(len(self.labels))
        )
        return tuple(
            OfClass(
                each.name, each.support, each.f1 if each.support else None, found if each.support else None
            )
            for each, found in zip(self.labels, sure, strict=True)
        )

    @property
    def exact_match(self) -> float:
        """The share of examples all of whose labels are right."""
        return float((self.decided == self.truth).all(axis=1).mean())

    @property
    def hamming_loss(self) -> float:
        """The share of wrong ones among all decisions."""
        return float((self.decided != self.truth).mean())

    @property
    def average_precision(self) -> float | None:
        """The mean over the labels that some example has; None where none has any."""
        return _mean([each.average_precision for each in self.labels])

    @property
    def roc_auc(self) -> float | None:
        """The mean over the labels that some examples have and some have not."""
        return _mean([each.roc_auc for each in self.labels])

    @property
    def log_loss(self) -> float:
        """The mean of -ln(probability of what is true) over all labels, in nats."""
        return log_loss(self.probabilities, self.truth)

    @property
    def calibration_error(self) -> float:
        """How far probabilities and shares lie apart on average, in [0, 1], of the decisions on all labels."""
        return calibration_error(self.probabilities.ravel(), self.truth.ravel())

    @property
    def by_chance(self) -> float:
        """The mean average precision of guessing: how common the labels are that some example has."""
        shares = self.truth.mean(axis=0)
        return float(shares[shares > 0].mean()) if shares.any() else 0.0

    @property
    def metrics(self) -> Mapping[str, float]:
        """All numbers of the whole, by name."""
        areas = {"mean average precision": self.average_precision, "mean ROC AUC": self.roc_auc}
        return {
            self.score_name: self.score,
            "micro F1": self.micro.f1,
            "macro F1": self.macro.f1,
            "exact match": self.exact_match,
            "Hamming loss": self.hamming_loss,
            **{name: value for name, value in areas.items() if value is not None},
            "log loss": self.log_loss,
            "calibration error": self.calibration_error,
        }

    @property
    def expected(self) -> tuple[str, ...]:
        """The right labels of each example, with "|" between them."""
        return tuple(self.meant.to_text(self.truth, row) for row in range(len(self.truth)))

    @property
    def schema(self) -> Labels:
        """The labels."""
        return self.meant

    def disputed(self, row: int) -> str | None:
        """Returns the label of a row that is wrong by most; None where all are right."""
        wrong = np.abs(self.probabilities[row] - self.truth[row]) * (self.decided[row] != self.truth[row])
        return self.meant.class_names[int(wrong.argmax())] if wrong.any() else None

    def mistakes(self) -> np.ndarray:
        """Returns the rows with a wrong label, those first whose wrong labels are wrong by most in sum."""
        differing = self.decided != self.truth
        wrong = (np.abs(self.probabilities - self.truth) * differing).sum(axis=1)
        rows = np.flatnonzero(differing.any(axis=1))
        return rows[np.argsort(-wrong[rows], kind="stable")]

    def mismatch(self, other: LabelEvaluation, both: str) -> Problem | None:
        """Returns a problem where one has a label that the other has not."""
        odd = sorted(set(self.meant.class_names) ^ set(other.meant.class_names))
        if not odd:
            return None
        received = f"only one of them has {shorten(odd, 3)}"
        return Problem(f"{both} have other labels", received, "compare models of the same labels")

    def as_dict(self) -> JsonObject:
        """Returns all but the single examples, as a value for JSON."""
        return {
            "examples": len(self.truth),
            "left_out": list(self.left_out),
            "seen_in_training": None if self.seen is None else self.seen.count,
            "artifact": self.artifact,
            "drawn": self.drawn,
            "f1_per_example": self.score,
            "f1_per_example_interval": list(self.interval),
            "micro": asdict(self.micro),
            "macro": asdict(self.macro),
            "mean_average_precision": self.average_precision,
            "mean_average_precision_by_chance": self.by_chance,
            "mean_roc_auc": self.roc_auc,
            "exact_match": self.exact_match,
            "hamming_loss": self.hamming_loss,
            "log_loss": self.log_loss,
            "calibration_error": self.calibration_error,
            "labels": [asdict(each) for each in self.labels],
        }

    def write(self, folder: str | Path) -> Path:
        """Writes metrics.json, per_label.csv and predictions.csv; each is replaced in one step. Returns the folder."""
        folder, names = Path(folder), self.meant.class_names
        files.write_json(folder / "metrics.json", self.as_dict())
        scores = [asdict(each) for each in self.labels]
        header = tuple(scores[0])
        rows = [["" if value is None else value for value in each.values()] for each in scores]
        files.write_text(folder / "per_label.csv", csv_text([header, *rows]))
        header = ("id", "labels", "prediction", "f1", *(f"probability of {name}" for name in names))
        decided = self.decided
        answers = [
            (
                each,
                expected,
                self.meant.to_text(decided, row),
                f"{score:.6g}",
                *(f"{p:.6g}" for p in probabilities),
            )
            for row, (each, expected, score, probabilities) in enumerate(
                zip(self.ids, self.expected, self.per_example, self.probabilities, strict=True)
            )
        ]
        files.write_text(folder / "predictions.csv", csv_text([header, *answers]))
        return folder

    def __str__(self) -> str:
        """Returns the main numbers and the scores per label; beyond 20 labels only the 10 with the lowest F1."""
        (low, high), area = self.interval, self.average_precision
        numbers = [
            ("examples", f"{len(self.truth)}", f"  in {self.drawn}" if self.drawn else ""),
            (self.score_name, f"{self.score:.4f}", f"  (95 %: {low:.4f} to {high:.4f})"),
            ("micro F1", f"{self.micro.f1:.4f}", ""),
            ("macro F1", f"{self.macro.f1:.4f}", ""),
            ("mean average precision", shown(area), f"  (guessing: {self.by_chance:.4f})"),
            ("mean ROC AUC", shown(self.roc_auc), ""),
            ("exact match", f"{self.exact_match:.4f}", ""),
            ("Hamming loss", f"{self.hamming_loss:.4f}", ""),
            ("calibration error", f"{self.calibration_error:.4f}", f"  (log loss: {self.log_loss:.4f})"),
        ]
        lines = [f"{self.artifact}\n"] if self.artifact else []
        lines += [f"{name:<24}{value:>8}{more}" for name, value, more in numbers]
        lines += ["", *label_table(self.labels)]
        if self.left_out:
            lines += ["", *(f"left out: {each}" for each in self.left_out)]
        if self.seen is not None and self.seen.count:
            lines += ["", f"note: {self.seen.sentence()}"]
        return "\n".join(lines)


def _mean(values: Sequence[float | None]) -> float | None:
    there = [value for value in values if value is not None]
    return float(np.mean(there)) if there else None
