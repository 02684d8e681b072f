"""How sure the scores of boxes are: images are drawn again, with their boxes and what was found in them."""

from __future__ import annotations

import numpy as np

from kerasft.base.decisions import drawn_interval, share_of
from kerasft.base.statistics import Interval, draw_counts
from kerasft.targets.boxes.curves import average_precisions, mirrored
from kerasft.targets.boxes.evaluation import BoxEvaluation

FEWEST = 5  # images with a class: draws of fewer show too little


def class_intervals(evaluation: BoxEvaluation) -> list[dict[str, Interval | None]]:
    """Returns the 95 % intervals of each class's AP50, precision, recall and F1; None where few images have it.

    AP, the mean over ten overlaps, has none: draws would have to be matched at each of them.
    """
    units = None if evaluation.units is None else evaluation.units.numbers
    weights = draw_counts(len(evaluation.targets), units)
    precisions = average_precisions(evaluation.matches, len(evaluation.classes), weights)
    return [
        _of_class(evaluation, number, weights.astype("float64"), precisions[:, number])
        for number in range(len(evaluation.classes))
    ]


def _of_class(
    evaluation: BoxEvaluation, number: int, weights: np.ndarray, precisions: np.ndarray
) -> dict[str, Interval | None]:
    one, matches = evaluation.classes[number], evaluation.matches
    if one.images < FEWEST:
        return {}
    said = matches.counts & (matches.class_of == number) & (matches.score >= evaluation.threshold)
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
