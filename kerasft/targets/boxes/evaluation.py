"""How good answers are that are boxes: every number, as a plain table, and as files."""

from __future__ import annotations

import json
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
from kerasft.targets.boxes.coco import AREAS, CocoScores, results_of
from kerasft.targets.boxes.curves import average_precisions, mean_there, mirrored
from kerasft.targets.boxes.errors import ErrorKind, confusion_of, error_kinds, find_errors
from kerasft.targets.boxes.intervals import class_intervals
from kerasft.targets.boxes.matching import Matches
from kerasft.targets.boxes.prediction import counted
from kerasft.targets.boxes.schema import Boxes
from kerasft.targets.boxes.scores import ClassScores, Decided, class_table, decided_at, example_scores

FILES = ("metrics.json", "per_class.csv", "predictions.csv", "detections.json")


@dataclass(frozen=True, eq=False, kw_only=True)
class BoxEvaluation(Evaluation):
    """How good answers are that are boxes. From `measure`.

    Args:
        meant: The classes.
        targets: float32 (n, 1 + boxes, 6), the right ones: see `Boxes`.
        found: float32 (n, 100, 6), what was found: see `kerasft.targets.boxes.suppression.detections`.
        threshold: The score from which on a box is shown. Average precision doesn't depend on it.
        coco: The numbers of COCO.
        matches: What each detection finds at IoU 0.5.
        classes: The scores of each class.
    """

    score_name: ClassVar[str] = "AP50"
    class_score: ClassVar[str] = "AP50"
    of_examples: ClassVar[str] = "AP50 per example"

    meant: Boxes
    targets: np.ndarray
    found: np.ndarray
    threshold: float
    coco: CocoScores
    matches: Matches
    classes: tuple[ClassScores, ...]

    @property
    def score(self) -> float:
        """The average precision at IoU 0.5, the mean over the classes that are there."""
        return float(self.coco.ap50 or 0.0)

    @cached_property
    def class_intervals(self) -> list[dict[str, Interval | None]]:
        """The 95 % intervals of each class's scores."""
        weights, precisions = self._draws
        return class_intervals(self.classes, self.matches, self.threshold, weights, precisions)

    @property
    def of_classes(self) -> tuple[OfClass, ...]:
        """The AP50 of each class."""
        each = zip(self.classes, self.class_intervals, strict=True)
        return tuple(OfClass(one.name, one.images, one.ap50, sure.get("ap50")) for one, sure in each)

    @cached_property
    def _draws(self) -> tuple[np.ndarray, np.ndarray]:
        """How often each draw has each image (draws, images), and the AP50 of each class in it (draws, classes)."""
        weights = draw_counts(len(self.targets), self.unit_numbers)
        return weights, average_precisions(self.matches, len(self.classes), weights)

    @cached_property
    def _interval(self) -> Interval:
        return mirrored(self.score, mean_there(self._draws[1]))

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the score, by bootstrap of the examples."""
        return self._interval.low, self._interval.high

    @cached_property
    def per_example(self) -> np.ndarray:
        """float64 (n,): AP50 of one image, over the classes that it has or that are said from the threshold on.

        Of an image without boxes it is 1 less the highest score.
        """
        return example_scores(self.matches, self.threshold)

    @cached_property
    def decided(self) -> Decided:
        """What comes of showing the boxes from the threshold on."""
        return decided_at(self.matches, self.threshold)

    @cached_property
    def errors(self) -> tuple[ErrorKind, ...]:
        """The errors of each kind."""
        return error_kinds(self.matches, len(self.classes), self.threshold)

    @cached_property
    def kinds(self) -> np.ndarray:
        """int64 (d,): the kind of error of each detection of `matches`, from the threshold on; -1 for none."""
        return find_errors(self.matches, self.threshold).kind

    @cached_property
    def confusion(self) -> np.ndarray:
        """int64 (classes + 1, classes + 1): boxes of each true class and what was said, with the background last."""
        return confusion_of(self.matches, len(self.classes), self.threshold)

    @property
    def metrics(self) -> Mapping[str, float]:
        """All numbers of the whole, by name; those that don't exist, for want of boxes, are left out."""
        found = {self.score_name: self.score, **self._of_coco}
        found |= {
            "precision": self.decided.precision,
            "recall": self.decided.recall,
            "F1": self.decided.f1,
            self.of_examples: float(self.per_example.mean()),
        }
        return {name: value for name, value in found.items() if value is not None}

    @property
    def _of_coco(self) -> dict[str, float | None]:
        areas = {f"AP {area}": each for area, each in zip(AREAS, self.coco.ap_of_area, strict=True)}
        recalls = {f"AR{most}": each for most, each in zip((1, 10, 100), self.coco.ar, strict=True)}
        return {"AP": self.coco.ap, "AP75": self.coco.ap75, **areas, **recalls}

    @property
    def expected(self) -> tuple[str, ...]:
        """How many things each image has of each class."""
        matches, names = self.matches, self.meant.class_names
        rows = [matches.boxes_of(image) for image in range(matches.images)]
        return tuple(counted(matches.box_class[row[~matches.crowd[row]]], names) for row in rows)

    @property
    def _said(self) -> tuple[str, ...]:
        matches, names = self.matches, self.meant.class_names
        return tuple(
            counted(matches.class_of[row[matches.score[row] >= self.threshold]], names)
            for row in matches.rows
        )

    @cached_property
    def wrong(self) -> np.ndarray:
        """int64 (n, 2): how many boxes of each image are missed, and how many detections are wrong."""
        matches = self.matches
        said = matches.counts & ~matches.right & (matches.score >= self.threshold)
        images = matches.box_image[matches.unfound(self.threshold)], matches.image[said]
        return np.stack([np.bincount(each, minlength=matches.images) for each in images], axis=1)

    @property
    def schema(self) -> Boxes:
        """The classes."""
        return self.meant

    def mistakes(self) -> np.ndarray:
        """Returns the rows with a box missed or a wrong detection, those with the lowest AP50 first."""
        wrong = self.wrong.sum(axis=1)
        order = np.lexsort((-wrong, self.per_example))
        return order[wrong[order] > 0]

    def mismatch(self, other: BoxEvaluation, both: str) -> Problem | None:
        """Returns a problem where one has a class that the other has not."""
        odd = sorted(set(self.meant.class_names) ^ set(other.meant.class_names))
        if not odd:
            return None
        received = f"only one of them has {shorten(odd, 3)}"
        return Problem(f"{both} have other classes", received, "compare models of the same classes")

    def as_dict(self) -> JsonObject:
        """Returns all but the single examples, as a value for JSON."""
        return {
            "examples": len(self.targets),
            "left_out": list(self.left_out),
            "seen_in_training": None if self.seen is None else self.seen.count,
            "artifact": self.artifact,
            "drawn": self.drawn,
            "ap50": self.score,
            "ap50_interval": list(self.interval),
            **{name.lower().replace(" ", "_"): value for name, value in self._of_coco.items()},
            "score_threshold": self.threshold,
            "precision": self.decided.precision,
            "recall": self.decided.recall,
            "f1": self.decided.f1,
            "ap50_per_example": float(self.per_example.mean()),
            "classes": [asdict(each) for each in self.classes],
            "errors": [asdict(each) for each in self.errors],
            "confusion": self.confusion.tolist(),
        }

    def write(self, folder: str | Path) -> Path:
        """Writes metrics.json, per_class.csv, predictions.csv and detections.json, each in one step.

        `detections.json` is COCO's JSON: images and categories, and as annotations all that was found, with scores;
        this list alone is what COCO calls results. Returns the folder.
        """
        folder = Path(folder)
        files.write_json(folder / "metrics.json", self.as_dict())
        scores = [asdict(each) for each in self.classes]
        rows = [["" if value is None else value for value in each.values()] for each in scores]
        files.write_text(folder / "per_class.csv", csv_text([tuple(scores[0]), *rows]))
        each = zip(self.ids, self.expected, self._said, self.per_example, self.wrong, strict=True)
        answers = [
            (name, expected, said, f"{score:.6g}", int(missed), int(extra))
            for name, expected, said, score, (missed, extra) in each
        ]
        header = ("id", "boxes", "prediction", "ap50", "missed", "wrong")
        files.write_text(folder / "predictions.csv", csv_text([header, *answers]))
        found = results_of(self.ids, self.targets[:, 0, 2:4], self.found, self.meant.class_names)
        files.write_text(folder / "detections.json", json.dumps(found, ensure_ascii=False) + "\n")
        return folder

    def __str__(self) -> str:
        """Returns the main numbers, the scores per class, and the kinds of errors."""
        low, high = self.interval
        boxes = self.decided.found + self.decided.missed
        numbers = [
            ("examples", f"{len(self.targets)}", f"  in {self.drawn}" if self.drawn else ""),
            ("boxes", f"{boxes}", ""),
            (self.score_name, f"{self.score:.4f}", f"  (95 %: {low:.4f} to {high:.4f})"),
            *((name, f"{value:.4f}", "") for name, value in list(self.metrics.items())[1:]),
            ("from a score of", f"{self.threshold:.4f}", "  for precision, recall and F1"),
        ]
        lines = [f"{self.artifact}\n"] if self.artifact else []
        lines += [f"{name:<24}{value:>8}{more}" for name, value, more in numbers]
        lines += ["", *class_table(self.classes), ""]
        lines += [f"{'errors':<12}{'count':>6}  AP50 without them, at any score"]
        lines += [f"{each.name:<12}{each.count:>6}  {each.gain:+.4f}" for each in self.errors]
        if self.left_out:
            lines += ["", *(f"left out: {each}" for each in self.left_out)]
        if self.seen is not None and self.seen.count:
            lines += ["", f"note: {self.seen.sentence()}"]
        return "\n".join(lines)
