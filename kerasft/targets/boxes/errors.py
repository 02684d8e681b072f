"""What kind of error each wrong detection is, as TIDE has them, and which classes are taken for each other.

Source: Bolya, Foley, Hays and Hoffman 2020, "TIDE: A General Toolbox for Identifying Object Detection Errors".
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from kerasft.targets.boxes.curves import average_precisions, mean_there
from kerasft.targets.boxes.matching import IOU, Matches

KINDS = ("class", "place", "both", "duplicate", "background", "missed")
CLASS, PLACE, BOTH, DUPLICATE, BACKGROUND, MISSED = range(len(KINDS))
FAR = 0.1  # IoU below which a detection has nothing to do with a box
NO_ERROR = -1


@dataclass(frozen=True, eq=False)
class Errors:
    """The errors among the detections of at least a score.

    Args:
        kind: int64 (d,), the place in `KINDS` of each detection; -1 for none.
        meant: int64 (d,), the box that a detection of a wrong class or place was near to; -1 for none.
        missed: The numbers of the boxes that nothing found, and nothing missed narrowly.
    """

    kind: np.ndarray
    meant: np.ndarray
    missed: np.ndarray

    @property
    def counts(self) -> tuple[int, ...]:
        """How many errors of each kind there are."""
        return (*(int((self.kind == each).sum()) for each in range(MISSED)), len(self.missed))


@dataclass(frozen=True)
class ErrorKind:
    """Errors of one kind.

    Args:
        name: One of `KINDS`.
        count: How many there are from the threshold on.
        gain: AP50 that would be gained if all of them, at any score, were mended.
    """

    name: str
    count: int
    gain: float


def error_kinds(matches: Matches, classes: int, threshold: float) -> tuple[ErrorKind, ...]:
    """Returns the errors of each kind: counted from a threshold on, and by the AP50 that they cost."""
    counts = find_errors(matches, threshold).counts
    gains = gains_of(matches, classes)
    return tuple(ErrorKind(*each) for each in zip(KINDS, counts, gains, strict=True))


def find_errors(matches: Matches, threshold: float = 0.0) -> Errors:
    """Finds the kind of error of each detection of at least a score.

    - place: it lies near a box of its class (IoU 0.1 to 0.5), and on none;
    - class: it lies on a box of another class (0.5 and more);
    - duplicate: it lies on a box of its class that a better detection found;
    - background: it lies near no box (below 0.1);
    - both: anything else, that is near a box of another class;
    - missed: a box that no detection found, of which none has a wrong class or place.
    """
    kind, meant = np.full(len(matches.score), NO_ERROR), np.full(len(matches.score), -1)
    wrong = matches.counts & ~matches.right & (matches.score >= threshold)
    for image, rows in enumerate(matches.rows):
        picked = wrong[rows]
        if picked.any():
            _of_image(matches, image, picked, kind, meant)
    unfound = matches.unfound(threshold)
    return Errors(kind, meant, np.setdiff1d(unfound, meant))


def _of_image(matches: Matches, image: int, picked: np.ndarray, kind: np.ndarray, meant: np.ndarray) -> None:
    """Writes the errors of the picked detections of an image."""
    boxes, rows = matches.boxes_of(image), matches.rows[image][picked]
    there = ~matches.crowd[boxes]
    boxes, ious = boxes[there], matches.ious[image][picked][:, there]
    if not len(boxes):
        kind[rows] = BACKGROUND
        return
    own = matches.class_of[rows][:, None] == matches.box_class[boxes]
    same, other = np.where(own, ious, 0.0), np.where(own, 0.0, ious)
    nearest, farther = same.max(axis=1), other.max(axis=1)
    near, on_other, on_own = (FAR <= nearest) & (nearest < IOU), farther >= IOU, nearest >= IOU
    far = np.maximum(nearest, farther) < FAR
    kind[rows] = np.select([near, on_other, on_own, far], [PLACE, CLASS, DUPLICATE, BACKGROUND], BOTH)
    meant[rows] = np.select([near, on_other], [boxes[same.argmax(axis=1)], boxes[other.argmax(axis=1)]], -1)


def gains_of(matches: Matches, classes: int) -> tuple[float, ...]:
    """Returns by how much AP50 rises if the errors of each kind are mended, and no others.

    The best detection of a wrong class or place gets what it lacks, where its box is not found otherwise. All other
    wrong detections are left out, and so are missed boxes.
    """
    errors, before = find_errors(matches), _ap50(matches, classes)
    return tuple(_ap50(_mended(matches, errors, each), classes) - before for each in range(len(KINDS)))


def _ap50(matches: Matches, classes: int) -> float:
    found = float(mean_there(average_precisions(matches, classes, np.ones((1, matches.images))))[0])
    return 1.0 if np.isnan(found) else found  # no box is left that should have been found


def _mended(matches: Matches, errors: Errors, kind: int) -> Matches:
    if kind == MISSED:
        crowd = matches.crowd.copy()
        crowd[errors.missed] = True
        return replace(matches, crowd=crowd)
    rows = np.flatnonzero(errors.kind == kind)
    found, class_of, ignored = matches.found.copy(), matches.class_of.copy(), matches.ignored.copy()
    good = np.intersect1d(rows, _first_of_each(matches, errors))
    found[good], class_of[good] = errors.meant[good], matches.box_class[errors.meant[good]]
    ignored[np.setdiff1d(rows, good)] = True
    return replace(matches, found=found, class_of=class_of, ignored=ignored)


def _first_of_each(matches: Matches, errors: Errors) -> np.ndarray:
    """Returns the best detection of a wrong class or place of each box that no detection finds."""
    rows = np.flatnonzero(errors.meant >= 0)
    boxes, first = np.unique(errors.meant[rows], return_index=True)
    return rows[first[~np.isin(boxes, matches.found)]]


def confusion_of(matches: Matches, classes: int, threshold: float) -> np.ndarray:
    """Counts which class was said of boxes of which class.

    Detections that find a box of their class are counted first; of the others, the best chooses first, the box with the
    largest IoU of at least 0.5 that is left.

    Returns:
        int64 (classes + 1, classes + 1): rows are true classes, columns are what was said. The last row is of
        detections on background, the last column of boxes that were missed.
    """
    counts = np.zeros((classes + 1, classes + 1), np.int64)
    said = matches.counts & (matches.score >= threshold)
    left = np.zeros(len(matches.crowd), bool)
    left[matches.unfound(threshold)] = True
    right = said & matches.right
    np.fill_diagonal(counts, np.bincount(matches.class_of[right], minlength=classes + 1))
    for image, rows in enumerate(matches.rows):
        boxes = matches.boxes_of(image)
        for row, ious in zip(rows, matches.ious[image], strict=True):
            if not said[row] or right[row]:
                continue
            free = np.where(left[boxes], ious, 0.0)
            if len(free) and free.max() >= IOU:
                box = boxes[free.argmax()]
                left[box] = False
                counts[matches.box_class[box], matches.class_of[row]] += 1
            else:
                counts[classes, matches.class_of[row]] += 1
    counts[:classes, classes] = np.bincount(matches.box_class[left], minlength=classes)
    return counts
