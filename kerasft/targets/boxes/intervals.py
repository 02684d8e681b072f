"""How sure the scores of boxes are: images are drawn again, with their boxes and what was found in them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kerasft.base.decisions import FEWEST, drawn_interval, share_of
from kerasft.base.statistics import Interval
from kerasft.targets.boxes.curves import mirrored
from kerasft.targets.boxes.matching import Matches
from kerasft.targets.boxes.scores import ClassScores


def class_intervals(
    classes: Sequence[ClassScores],
    matches: Matches,
    threshold: float,
    weights: np.ndarray,
    precisions: np.ndarray,
) -> list[dict[str, Interval | None]]:
    """Returns the 95 % intervals of each class's AP50, precision, recall and F1; None where few images have it.

    AP, the mean over ten overlaps, has none: draws would have to be matched at each of them.

    Args:
        classes: Their scores.
        matches: Of all images.
        threshold: The score from which on a box is shown.
        weights: int (draws, images), how often each draw has each image.
        precisions: float64 (draws, classes), the AP50 of each class in each draw.
    """
    found = []
    for number, one in enumerate(classes):
        said = matches.counts & (matches.class_of == number) & (matches.score >= threshold)
        many = one.images >= FEWEST
        found.append(_of_class(one, matches, number, said, weights, precisions[:, number]) if many else {})
    return found


def _of_class(
    one: ClassScores,
    matches: Matches,
    number: int,
    said: np.ndarray,
    weights: np.ndarray,
    precisions: np.ndarray,
) -> dict[str, Interval | None]:
    hit, all_said = (
        weights @ np.bincount(matches.image[rows], minlength=matches.images)
        for rows in (said & matches.right, said)
    )
    boxes = weights @ matches.boxes_per_image(number)
    return {
        "ap50": drawn_interval(one.ap50, precisions) and mirrored(one.ap50 or 0.0, precisions),
        "precision": drawn_interval(one.precision, share_of(hit, all_said)),
        "recall": drawn_interval(one.recall, share_of(hit, boxes)),
        "f1": drawn_interval(one.f1, share_of(2 * hit, all_said + boxes)),
    }
