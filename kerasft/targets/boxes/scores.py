"""The scores of boxes: of each class, of each example, and of the decisions at a threshold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kerasft.base.wording import clip, plural
from kerasft.targets.boxes.coco import CocoScores
from kerasft.targets.boxes.curves import average_precision
from kerasft.targets.boxes.matching import Matches

_MOST_SHOWN, _LOWEST, _WIDEST = 20, 10, 24  # classes in a table for a terminal, characters of a name


@dataclass(frozen=True)
class Decided:
    """What comes of decisions at a threshold, by the matching at IoU 0.5.

    Args:
        found: Boxes that are found.
        extra: Detections that find none, and lie in no crowd region.
        missed: Boxes that are not found.
    """

    found: int
    extra: int
    missed: int

    @property
    def precision(self) -> float | None:
        """The share of detections that find a box; None where nothing is detected."""
        said = self.found + self.extra
        return self.found / said if said else None

    @property
    def recall(self) -> float | None:
        """The share of boxes that are found; None where there are none."""
        there = self.found + self.missed
        return self.found / there if there else None

    @property
    def f1(self) -> float | None:
        """Both in one; None where there are neither boxes nor detections."""
        total = 2 * self.found + self.extra + self.missed
        return 2 * self.found / total if total else None


@dataclass(frozen=True)
class ClassScores:
    """The scores of one class.

    Args:
        name: Of the class.
        boxes: How many there are that count.
        images: How many have one.
        ap50: Average precision at IoU 0.5; None where there is no box.
        ap: The mean over IoU 0.5 to 0.95.
        precision: Of the detections from the threshold on; None where there are none.
        recall: The share of the boxes that these find; None where there is no box.
        f1: Both in one.
    """

    name: str
    boxes: int
    images: int
    ap50: float | None
    ap: float | None
    precision: float | None
    recall: float | None
    f1: float | None


def decided_at(matches: Matches, threshold: float, number: int | None = None) -> Decided:
    """Counts what detections of at least a score are worth, of one class or of all."""
    said = matches.counts & (matches.score >= threshold)
    if number is not None:
        said &= matches.class_of == number
    found = int((said & matches.right).sum())
    boxes = int(matches.boxes_per_image(number).sum())
    return Decided(found, int(said.sum()) - found, boxes - found)


def class_scores(
    names: Sequence[str], coco: CocoScores, matches: Matches, threshold: float
) -> tuple[ClassScores, ...]:
    """Returns the scores of each class."""
    found = []
    for number, name in enumerate(names):
        decided, each = decided_at(matches, threshold, number), matches.boxes_per_image(number)
        found.append(
            ClassScores(
                name=name,
                boxes=int(each.sum()),
                images=int((each > 0).sum()),
                ap50=coco.ap50_of_class[number],
                ap=coco.ap_of_class[number],
                precision=decided.precision,
                recall=decided.recall,
                f1=decided.f1,
            )
        )
    return tuple(found)


def example_scores(matches: Matches, threshold: float) -> np.ndarray:
    """Returns how good the answer to each image is, float64 (images,).

    It is the mean of the average precision at IoU 0.5 over the classes that an image has, and of 0 for each other class
    that a detection says from the threshold on. Of an image without boxes it is 1 less the highest score.
    """
    return np.array([_of_image(matches, image, threshold) for image in range(matches.images)])


def _of_image(matches: Matches, image: int, threshold: float) -> float:
    rows = matches.rows[image][matches.counts[matches.rows[image]]]
    boxes = matches.boxes_of(image)
    there = matches.box_class[boxes[~matches.crowd[boxes]]]
    scores, classes = matches.score[rows], matches.class_of[rows]
    if not len(there):
        return 1 - float(scores.max(initial=0.0))
    said = set(classes[scores >= threshold].tolist())
    numbers, counts = np.unique(there, return_counts=True)
    each = [
        average_precision(matches.right[rows[classes == number]], int(count))
        for number, count in zip(numbers, counts, strict=True)
    ]
    return sum(each) / len(said | set(numbers.tolist()))


def class_table(classes: Sequence[ClassScores]) -> list[str]:
    """Returns the lines of a table for a terminal; beyond 20 classes only the 10 with the lowest AP50."""
    listed, head = list(classes), []
    if len(listed) > _MOST_SHOWN:
        listed = sorted((each for each in listed if each.ap50 is not None), key=lambda each: each.ap50 or 0.0)
        listed, head = listed[:_LOWEST], [f"the {_LOWEST} of {len(classes)} classes with the lowest AP50:"]
    names = [clip(each.name, _WIDEST) for each in listed]
    width = max([5, *map(len, names)])
    lines = [*head, f"{'class':<{width}}    AP50      AP  precision  recall      F1   boxes  images"]
    for name, each in zip(names, listed, strict=True):
        lines.append(
            f"{name:<{width}}  {shown(each.ap50):>6}  {shown(each.ap):>6}  {shown(each.precision):>9}"
            f"  {shown(each.recall):>6}  {shown(each.f1):>6}  {each.boxes:>6}  {each.images:>6}"
        )
    if absent := sum(each.ap50 is None for each in classes):
        lines.append(f"{plural(absent, 'class')} without a box here: means are over the others.")
    return lines


def shown(value: float | None) -> str:
    """Returns a score for a terminal, "-" where there is none."""
    return "-" if value is None else f"{value:.4f}"
