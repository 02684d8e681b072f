"""Precision and recall at every score, and the average precision of any draw of the images, all from one matching."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kerasft.base.decisions import share_of
from kerasft.base.statistics import Interval
from kerasft.targets.boxes.matching import Matches

RECALLS = np.linspace(0, 1, 101)  # where COCO reads the precision
_VALUES_AT_ONCE = 4_000_000


@dataclass(frozen=True, eq=False)
class Curve:
    """Precision and recall of one class, or of all, from the best detection down.

    Args:
        score: float64 (d,), falling.
        precision: float64 (d,), of the detections down to each.
        recall: float64 (d,), of the boxes.
        f1: float64 (d,).
    """

    score: np.ndarray
    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray


def curve_of(matches: Matches, number: int | None = None) -> Curve:
    """Returns the curve of a class, or of all of them together."""
    rows = matches.counts if number is None else matches.counts & (matches.class_of == number)
    right, score = np.cumsum(matches.right[rows]), matches.score[rows]
    boxes, said = int(matches.boxes_per_image(number).sum()), np.arange(1, len(score) + 1)
    return Curve(score, right / said, right / max(boxes, 1), 2 * right / (said + boxes))


def best_threshold(matches: Matches) -> tuple[float, float] | None:
    """Returns the score from which on F1 is highest, over all classes together, and that F1; None if all is wrong.

    It lies midway to the next lower score, so that rounding decides nothing.
    """
    curve = curve_of(matches)
    last = np.flatnonzero(np.diff(curve.score, append=-1.0) < 0)  # equals can't be parted
    if not len(last) or not curve.f1[last].max() > 0:
        return None
    place = int(curve.f1[last].argmax())
    below = curve.score[last[place + 1]] if place + 1 < len(last) else 0.0
    return float(f"{(curve.score[last[place]] + below) / 2:.6g}"), float(curve.f1[last[place]])


def average_precision(right: np.ndarray, boxes: int) -> float:
    """Returns the average precision of detections, the best first: bool (d,), whether each finds one of the boxes."""
    hits = np.cumsum(right)
    precision = np.maximum.accumulate((hits / np.arange(1, len(hits) + 1))[::-1])[::-1]
    places = np.searchsorted(hits, _needed(np.array([boxes]))[0])
    return float(np.append(precision, 0.0)[places].mean())


def average_precisions(matches: Matches, classes: int, weights: np.ndarray) -> np.ndarray:
    """Returns the average precision of each class at the IoU of a matching, of images that count more than once.

    Args:
        matches: Of all images.
        classes: How many.
        weights: (draws, images), how often each image counts: whole numbers.

    Returns:
        float64 (draws, classes), NaN where a draw has no box of a class. Of weights that are all 1, COCO's number.
    """
    found = np.full((len(weights), classes), np.nan)
    some = max(1, _VALUES_AT_ONCE // max(1, len(matches.score), matches.images))
    for start in range(0, len(weights), some):
        part = weights[start : start + some].astype("float64")
        for number in range(classes):
            found[start : start + some, number] = _of_class(matches, number, part)
    return found


def mirrored(score: float, drawn: np.ndarray) -> Interval:
    """Returns the interval of an average precision by its values over draws (resamples,), NaN where there is none.

    AP of few images is too high, and that of draws of them by as much again: docs/detection.md. So draws are mirrored:
    Davison and Hinkley 1997, "Bootstrap Methods and their Application", section 5.2, basic intervals.
    """
    drawn = drawn[~np.isnan(drawn)]  # of few images, a draw may have no box at all
    found = Interval.of(score, 2 * score - drawn if len(drawn) else np.array([score]))
    return Interval(found.value, max(min(found.low, found.value), 0), min(max(found.high, found.value), 1))


def mean_there(values: np.ndarray) -> np.ndarray:
    """Returns the mean over the last axis of what isn't NaN; NaN where all is."""
    there = ~np.isnan(values)
    count = there.sum(axis=-1)
    sums = np.where(there, values, 0).sum(axis=-1)
    return share_of(sums, count)


def _of_class(matches: Matches, number: int, weights: np.ndarray) -> np.ndarray:
    boxes = weights @ matches.boxes_per_image(number)
    rows = np.flatnonzero(matches.counts & (matches.class_of == number))
    right, image = matches.right[rows], matches.image[rows]
    hits = np.cumsum(weights[:, image[right]], axis=1)
    precision = hits / np.maximum(hits + _misses(right, image, weights), 1)
    precision = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    places = _first(hits, _needed(boxes))
    read = np.take_along_axis(np.pad(precision, ((0, 0), (0, 1))), places, axis=1)
    return np.where(boxes > 0, read.mean(axis=1), np.nan)


def _misses(right: np.ndarray, image: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Returns (draws, hits): how many wrong detections come before each right one."""
    from scipy.sparse import csr_array

    wrong, place, count = ~right, np.cumsum(right), int(right.sum())
    cells = np.ones(int(wrong.sum())), (image[wrong], place[wrong])
    between = csr_array(cells, shape=(weights.shape[1], count + 1))  # of each image, from one hit to the next
    return np.cumsum(weights @ between, axis=1)[:, :count]


def _needed(boxes: np.ndarray) -> np.ndarray:
    """Returns (draws, 101): how many of so many boxes must be found for each recall, in the arithmetic of COCO."""
    total = np.maximum(boxes, 1)[:, None]
    about = np.ceil(RECALLS * total)
    return np.where(
        (about - 1) / total >= RECALLS, about - 1, np.where(about / total >= RECALLS, about, about + 1)
    )


def _first(hits: np.ndarray, needed: np.ndarray) -> np.ndarray:
    """Returns int64 (draws, 101): the first place at which sums (draws, d) reach a number, d where none does."""
    apart = 2.0 + max(hits.max(initial=0.0), needed.max(initial=0.0))  # rows can't reach into each other
    rows = np.arange(len(hits))[:, None]
    flat = np.searchsorted((hits + rows * apart).ravel(), (needed + rows * apart).ravel(), side="left")
    places = flat.reshape(needed.shape) - rows * hits.shape[1]
    return np.clip(places, 0, hits.shape[1])
