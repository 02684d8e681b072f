"""How sure the scores of masks are: images are drawn again, and their pixels counted as often."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kerasft.base.decisions import FEWEST, drawn_interval, share_of
from kerasft.base.statistics import Interval, draw_counts
from kerasft.targets.masks.scores import ClassScores, ious_of, sums_of

NAMES = ("iou", "dice", "boundary_f1", "precision", "recall")


def class_intervals(
    classes: Sequence[ClassScores], counts: np.ndarray, boundaries: np.ndarray, units: np.ndarray | None
) -> list[dict[str, Interval | None]]:
    """Returns the 95 % intervals of each class's scores, by name; None where there is no score, or few images.

    Args:
        classes: Their scores.
        counts: int64 (n, classes, 3): see `count_pixels`.
        boundaries: float64 (n, classes): see `boundary_scores`.
        units: int (n,), which images belong together; None where none do.
    """
    weights, there = draw_counts(len(counts), units), ~np.isnan(boundaries)
    sums = sums_of(counts, weights)
    right, true, said = np.moveaxis(sums, -1, 0)
    draws = {
        "iou": ious_of(sums),
        "dice": share_of(2 * right, true + said),
        "boundary_f1": share_of(weights @ np.where(there, boundaries, 0), weights @ there),
        "precision": share_of(right, said),
        "recall": share_of(right, true),
    }
    images = (counts[:, :, 1:].sum(axis=2) > 0).sum(axis=0)
    return [
        {
            name: drawn_interval(getattr(one, name), draws[name][:, place])
            if images[place] >= FEWEST
            else None
            for name in NAMES
        }
        for place, one in enumerate(classes)
    ]
