"""How good answers are that are masks: every number, as a plain table, and as files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import numpy as np

from kerasft.base import files
from kerasft.base.csv_cells import csv_text
from kerasft.base.errors import Problem
from kerasft.base.json_values import JsonObject
from kerasft.base.statistics import Interval, draw_counts
from kerasft.base.wording import shorten
from kerasft.contract.evaluation import Evaluation, OfClass
from kerasft.targets.masks.intervals import class_intervals
from kerasft.targets.masks.schema import Masks
from kerasft.targets.masks.scores import ClassScores, class_table, ious_of, mean_there, sums_of

FILES = ("metrics.json", "per_class.csv", "predictions.csv")


@dataclass(frozen=True, eq=False, kw_only=True)
class MaskEvaluation(Evaluation):
    """How good answers are that are masks. From `measure`.

    Args:
        meant: The classes.
        truth: uint8 (n, height, width), 255 where a pixel counts for nothing.
        found: uint8 (n, height, width), the most probable class.
        counts: int64 (n, classes, 3): see `kerasft.targets.masks.scores.count_pixels`.
        confusion: int64 (classes, classes): pixels of each true class and each answer.
        classes: The scores of each class.
        boundaries: float64 (n, classes): the boundary F1, NaN where neither truth nor answer has the class.
    """

    score_name: ClassVar[str] = "mean IoU"
    class_score: ClassVar[str] = "IoU"
    of_examples: ClassVar[str] = "IoU per example"

    meant: Masks
    truth: np.ndarray
    found: np.ndarray
    counts: np.ndarray
    confusion: np.ndarray
    classes: tuple[ClassScores, ...]
    boundaries: np.ndarray

    @property
    def score(self) -> float:
        """The mean of the classes' intersections over union, each over all pixels of all examples."""
        return float(mean_there(ious_of(self.counts.sum(axis=0))))

    @cached_property
    def class_intervals(self) -> list[dict[str, Interval | None]]:
        """The 95 % intervals of each class's scores."""
        return class_intervals(self.classes, self.counts, self.boundaries, self.unit_numbers)

    @property
    def of_classes(self) -> tuple[OfClass, ...]:
        """The IoU of each class."""
        each = zip(self.classes, self.class_intervals, strict=True)
        return tuple(OfClass(one.name, one.images, one.iou, sure["iou"]) for one, sure in each)

    @cached_property
    def _interval(self) -> Interval:
        weights = draw_counts(len(self.counts), self.unit_numbers)
        found = Interval.of(self.score, mean_there(ious_of(sums_of(self.counts, weights))))
        # of a few examples, each draw lacks classes, and the mean of the draws is another than that of all
        return Interval(found.value, min(found.low, found.value), max(found.high, found.value))

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the score, by bootstrap of the examples."""
        return self._interval.low, self._interval.high

    @property
    def per_example(self) -> np.ndarray:
        """float64 (n,): the mean IoU of the classes that an example has or is said to have; 1 where no pixel counts."""
        return mean_there(ious_of(self.counts))

    @property
    def pixel_accuracy(self) -> float:
        """The share of pixels whose class is right, of those that count."""
        return float(self.confusion.trace() / max(int(self.confusion.sum()), 1))

    @property
    def mean_dice(self) -> float:
        """The mean over the classes that are there or said to be."""
        return _mean([each.dice for each in self.classes])

    @property
    def boundary_f1(self) -> float:
        """The same of the boundary F1."""
        return _mean([each.boundary_f1 for each in self.classes])

    @property
    def metrics(self) -> Mapping[str, float]:
        """All numbers of the whole, by name."""
        return {
            self.score_name: self.score,
            "mean Dice": self.mean_dice,
            "boundary F1": self.boundary_f1,
            "pixel accuracy": self.pixel_accuracy,
            self.of_examples: float(self.per_example.mean()),
        }

    @property
    def expected(self) -> tuple[str, ...]:
        """The classes that each example has, in the order of the outputs."""
        return self._named(1)

    def _named(self, column: int) -> tuple[str, ...]:
        names = np.array(self.meant.class_names)
        return tuple(", ".join(names[row > 0]) for row in self.counts[:, :, column])

    @property
    def schema(self) -> Masks:
        """The classes."""
        return self.meant

    def mistakes(self) -> np.ndarray:
        """Returns the rows with a wrong pixel, those with the lowest IoU first."""
        scores = self.per_example
        rows = np.flatnonzero(scores < 1)
        return rows[np.argsort(scores[rows], kind="stable")]

    def mismatch(self, other: MaskEvaluation, both: str) -> Problem | None:
        """Returns a problem where one has a class that the other has not."""
        odd = sorted(set(self.meant.class_names) ^ set(other.meant.class_names))
        if not odd:
            return None
        received = f"only one of them has {shorten(odd, 3)}"
        return Problem(f"{both} have other classes", received, "compare models of the same classes")

    def as_dict(self) -> JsonObject:
        """Returns all but the single examples, as a value for JSON."""
        return {
            "examples": len(self.counts),
            "left_out": list(self.left_out),
            "seen_in_training": None if self.seen is None else self.seen.count,
            "artifact": self.artifact,
            "drawn": self.drawn,
            "mean_iou": self.score,
            "mean_iou_interval": list(self.interval),
            "mean_dice": self.mean_dice,
            "boundary_f1": self.boundary_f1,
            "pixel_accuracy": self.pixel_accuracy,
            "iou_per_example": float(self.per_example.mean()),
            "classes": [asdict(each) for each in self.classes],
            "confusion": self.confusion.tolist(),
        }

    def write(self, folder: str | Path) -> Path:
        """Writes metrics.json, per_class.csv and predictions.csv; each is replaced in one step. Returns the folder."""
        folder = Path(folder)
        files.write_json(folder / "metrics.json", self.as_dict())
        scores = [asdict(each) for each in self.classes]
        rows = [["" if value is None else value for value in each.values()] for each in scores]
        files.write_text(folder / "per_class.csv", csv_text([tuple(scores[0]), *rows]))
        names = self.meant.class_names
        shares = np.stack([np.mean(self.found == k, axis=(1, 2)) for k in range(len(names))], axis=1)
        each = zip(self.ids, self.expected, self._named(2), self.per_example, shares, strict=True)
        answers = [
            (name, expected, said, f"{score:.6g}", *(f"{share:.6g}" for share in row))
            for name, expected, said, score, row in each
        ]
        header = ("id", "classes", "prediction", "iou", *(f"share of {name}" for name in names))
        files.write_text(folder / "predictions.csv", csv_text([header, *answers]))
        return folder

    def __str__(self) -> str:
        """Returns the main numbers and the scores per class."""
        low, high = self.interval
        numbers = [
            ("examples", f"{len(self.counts)}", f"  in {self.drawn}" if self.drawn else ""),
            (self.score_name, f"{self.score:.4f}", f"  (95 %: {low:.4f} to {high:.4f})"),
            *((name, f"{value:.4f}", "") for name, value in list(self.metrics.items())[1:]),
        ]
        lines = [f"{self.artifact}\n"] if self.artifact else []
        lines += [f"{name:<24}{value:>8}{more}" for name, value, more in numbers]
        lines += ["", *class_table(self.classes)]
        if self.left_out:
            lines += ["", *(f"left out: {each}" for each in self.left_out)]
        if self.seen is not None and self.seen.count:
            lines += ["", f"note: {self.seen.sentence()}"]
        return "\n".join(lines)


def _mean(values: list[float | None]) -> float:
    there = [value for value in values if value is not None]
    return float(np.mean(there)) if there else 1.0
