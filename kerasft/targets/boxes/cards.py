"""The worst answers for a page: an image with its boxes, and the same with what was found."""

from __future__ import annotations

import numpy as np

from kerasft.contract.showing import Showing
from kerasft.contract.splits import Split
from kerasft.targets.boxes.errors import KINDS
from kerasft.targets.boxes.evaluation import BoxEvaluation
from kerasft.targets.boxes.geometry import to_model
from kerasft.targets.boxes.painting import Corners, Mark, data_url, name_of

MOST_LISTED = 24  # examples with something missed or wrong
_PIXELS = 288  # of an image on the page, at least


def card(evaluation: BoxEvaluation, split: Split, row: int, showing: Showing) -> dict[str, object]:
    """Returns what is shown of an example: its boxes and what was found, each on the image that the model sees."""
    image = np.asarray(split.examples[row])
    missed, extra = evaluation.wrong[row].tolist()
    return {
        "id": showing.example(split, row)["id"],
        "truth": data_url(image, truth_marks(evaluation, row), _PIXELS),
        "answer": data_url(image, found_marks(evaluation, row), _PIXELS),
        "ap50": float(evaluation.per_example[row]),
        "missed": missed,
        "extra": extra,
    }


def truth_marks(evaluation: BoxEvaluation, row: int) -> list[Mark]:
    """Returns the boxes of an example; those that are found, and crowds, have thin lines."""
    matches, schema = evaluation.matches, evaluation.meant
    boxes = matches.boxes_of(row)
    unfound = set(matches.unfound(evaluation.threshold).tolist())
    marks = []
    for box, corners in zip(boxes.tolist(), _seen(evaluation, row, matches.box_corners[boxes]), strict=True):
        more = ", crowd" if matches.crowd[box] else ", missed" if box in unfound else ""
        number = int(matches.box_class[box])
        marks.append(Mark(corners, number, name_of(schema, number) + more, box not in unfound))
    return marks


def found_marks(evaluation: BoxEvaluation, row: int) -> list[Mark]:
    """Returns what was found in an example; what is right, or lies in a crowd, has thin lines."""
    matches, schema = evaluation.matches, evaluation.meant
    rows = matches.rows[row][matches.score[matches.rows[row]] >= evaluation.threshold]
    kinds = evaluation.kinds[rows]
    marks = []
    for each, kind, corners in zip(rows, kinds, _seen(evaluation, row, matches.corners[rows]), strict=True):
        number, wrong = int(matches.class_of[each]), kind >= 0
        words = f"{name_of(schema, number)} {matches.score[each]:.2f}"
        marks.append(Mark(corners, number, f"{words}, {KINDS[kind]}" if wrong else words, not wrong))
    return marks


def _seen(evaluation: BoxEvaluation, row: int, corners: np.ndarray) -> list[Corners]:
    """Returns corners (k, 4) in pixels of the image that the model sees."""
    schema, size = evaluation.meant, evaluation.targets[row : row + 1, 0, 2:4]
    found = to_model(corners[None], size, schema.image_size, schema.resize)[0].astype("float64")
    return [(x1, y1, x2, y2) for x1, y1, x2, y2 in found.tolist()]
