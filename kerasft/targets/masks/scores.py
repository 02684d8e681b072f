"""The scores of classes of pixels, and how they are counted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kerasft.base.decisions import share_of
from kerasft.base.wording import plural
from kerasft.targets.masks.schema import IGNORED

TOLERANCE = 0.0075  # of an image's diagonal: by so much a boundary may be off
_MOST_SHOWN, _LOWEST = 20, 10  # classes in a table for a terminal

Counted = tuple[
    np.ndarray, np.ndarray
]  # per image and class (n, classes, 3), and the confusion (classes, classes)


@dataclass(frozen=True)
class ClassScores:
    """The scores of one class.

    Args:
        name: Of the class.
        share: Of the pixels that count, that are of it.
        images: How many have it.
        iou: Intersection over union of all pixels; None where neither truth nor answers have any.
        dice: Twice the intersection by the sum of both; None as above.
        recall: Share of its pixels that are found; None where there are none.
        precision: Share of the pixels that are said to be of it that are; None where none is.
        boundary_f1: Mean over the images that have it or are said to; None where none is.
    """

    name: str
    share: float
    images: int
    iou: float | None
    dice: float | None
    recall: float | None
    precision: float | None
    boundary_f1: float | None


def count_pixels(truth: np.ndarray, found: np.ndarray, classes: int) -> Counted:
    """Counts pixels of masks uint8 (n, height, width).

    Args:
        truth: The right ones, 255 where a pixel counts for nothing.
        found: Those of a model.
        classes: How many.

    Returns:
        int64 (n, classes, 3): of each image and class the pixels that are right, those of the truth, and those of the
        model; and int64 (classes, classes), the pixels of each true class and each answer.
    """
    counts, confusion = np.zeros((len(truth), classes, 3), np.int64), np.zeros((classes, classes), np.int64)
    for row, (right, said) in enumerate(zip(truth, found, strict=True)):
        counted = right != IGNORED
        pairs = right[counted].astype(np.int64) * classes + said[counted]
        one = np.bincount(pairs, minlength=classes**2).reshape(classes, classes)
        counts[row] = np.stack([one.diagonal(), one.sum(axis=1), one.sum(axis=0)], axis=1)
        confusion += one
    return counts, confusion


def ious_of(counts: np.ndarray) -> np.ndarray:
    """Returns the IoU of counts (..., classes, 3): float64 (..., classes), NaN where there is no pixel."""
    right, true, said = np.moveaxis(counts.astype("float64"), -1, 0)
    union = true + said - right
    return share_of(right, union)


def sums_of(counts: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Returns counts (n, classes, 3) added up over images that count (draws, n) times: float64 (draws, classes, 3)."""
    flat = weights.astype("float64") @ counts.reshape(len(counts), -1)
    return flat.reshape(-1, *counts.shape[1:])


def mean_there(values: np.ndarray) -> np.ndarray:
    """Returns the mean over the last axis of what isn't NaN; 1 where all is: nothing is there, and nothing is said."""
    there = ~np.isnan(values)
    count = there.sum(axis=-1)
    return np.where(count > 0, np.where(there, values, 0).sum(axis=-1) / np.maximum(count, 1), 1.0)


def column_means(values: np.ndarray) -> np.ndarray:
    """Returns the mean of each column of what isn't NaN; NaN where all is."""
    there = (~np.isnan(values)).sum(axis=0)
    return share_of(np.nansum(values, axis=0), there)


def boundary_scores(truth: np.ndarray, found: np.ndarray, classes: int) -> np.ndarray:
    """Returns the boundary F1 of each image and class, float64 (n, classes), NaN where it isn't there.

    It is the share of the boundary of one mask that lies near that of the other, both ways (Csurka et al.
    2013, "What is a good evaluation measure for semantic segmentation?"). Boundaries to pixels that count for nothing
    are left out.
    """
    scores = np.full((len(truth), classes), np.nan)
    for row, (right, said) in enumerate(zip(truth, found, strict=True)):
        counted = right != IGNORED
        near = max(1.0, TOLERANCE * math.hypot(*right.shape))
        for each in np.flatnonzero(_present(right, said, counted, classes)):
            scores[row, each] = _boundary_f1(right == each, (said == each) & counted, counted, near)
    return scores


def _present(right: np.ndarray, said: np.ndarray, counted: np.ndarray, classes: int) -> np.ndarray:
    both = np.concatenate([right[counted], said[counted]])
    return np.bincount(both, minlength=classes)[:classes] > 0


def _boundary_f1(one: np.ndarray, other: np.ndarray, counted: np.ndarray, near: float) -> float:
    first, second = (_boundary(each, counted) for each in (one, other))
    if not first.any() or not second.any():
        return float(bool((one == other)[counted].all()))
    rows, columns = (np.flatnonzero((first | second).any(axis=axis)) for axis in (1, 0))
    box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    first, second = first[box], second[box]
    recall, precision = _share_near(first, second, near), _share_near(second, first, near)
    return 2 * recall * precision / (recall + precision) if recall + precision else 0.0


def _boundary(mask: np.ndarray, counted: np.ndarray) -> np.ndarray:
    """Returns which pixels of a mask have a neighbour that is not of it and counts; the border is no neighbour."""
    outside = np.pad(~mask & counted, 1)
    beside = outside[:-2, 1:-1] | outside[2:, 1:-1] | outside[1:-1, :-2] | outside[1:-1, 2:]
    return mask & beside


def _share_near(boundary: np.ndarray, other: np.ndarray, near: float) -> float:
    from scipy.ndimage import distance_transform_edt

    return float((distance_transform_edt(~other)[boundary] <= near).mean())


def class_scores(names: Sequence[str], counts: np.ndarray, boundaries: np.ndarray) -> tuple[ClassScores, ...]:
    """Returns the scores of each class, from counts (n, classes, 3) and boundary F1 (n, classes)."""
    total, all_pixels = counts.sum(axis=0), max(int(counts[:, :, 1].sum()), 1)
    boundary = column_means(boundaries)
    ious, found = ious_of(total), []
    for place, name in enumerate(names):
        right, true, said = (int(each) for each in total[place])
        found.append(
            ClassScores(
                name=name,
                share=true / all_pixels,
                images=int((counts[:, place, 1] > 0).sum()),
                iou=_or_none(ious[place]),
                dice=2 * right / (true + said) if true + said else None,
                recall=right / true if true else None,
                precision=right / said if said else None,
                boundary_f1=_or_none(boundary[place]),
            )
        )
    return tuple(found)


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def class_table(classes: Sequence[ClassScores]) -> list[str]:
    """Returns the lines of a table for a terminal; beyond 20 classes only the 10 with the lowest IoU."""
    listed, head = list(classes), []
    if len(listed) > _MOST_SHOWN:
        listed = sorted((each for each in listed if each.iou is not None), key=lambda each: each.iou or 0.0)
        listed, head = listed[:_LOWEST], [f"the {_LOWEST} of {len(classes)} classes with the lowest IoU:"]
    names = [each.name if len(each.name) <= 24 else f"{each.name[:23]}…" for each in listed]
    width = max([5, *map(len, names)])
    lines = [*head, f"{'class':<{width}}     IoU    Dice  boundary F1  precision  recall   pixels  images"]
    for name, each in zip(names, listed, strict=True):
        lines.append(
            f"{name:<{width}}  {shown(each.iou):>6}  {shown(each.dice):>6}  {shown(each.boundary_f1):>11}"
            f"  {shown(each.precision):>9}  {shown(each.recall):>6}  {each.share:>6.2%}  {each.images:>6}"
        )
    if absent := sum(each.iou is None for each in classes):
        lines.append(f"{plural(absent, 'class')} without a pixel here: means are over the others.")
    return lines


def shown(value: float | None) -> str:
    """Returns a score for a terminal, "-" where there is none."""
    return "-" if value is None else f"{value:.4f}"
