"""Which examples the page shows: few enough that the file stays small."""

from __future__ import annotations

import numpy as np

from kerasft.contract.showing import Showing
from kerasft.contract.splits import Split
from kerasft.targets.classes.evaluation import ClassEvaluation

MOST_OF_DATA = 240  # examples of the training split, all classes together
MOST_IN_CELLS = 600  # examples behind the confusion matrix's cells, all together
MOST_IN_CELL = 12
MOST_LISTED = 24  # mistakes, and uncertain answers
_FIRST_OF_CELL = 6  # of each cell, before any cell gets more


def of_each_class(split: Split, num_classes: int, showing: Showing) -> list[list[dict[str, object]]]:
    """Returns the first examples of each class: as many of a class as fit into a row, and at most 240 of all."""
    each = int(np.clip(MOST_OF_DATA // max(1, num_classes), 1, showing.in_a_row))
    shown = []
    for label in range(num_classes):
        rows = np.flatnonzero(split.labels == label)[:each] if label < MOST_OF_DATA else ()
        shown.append([showing.example(split, row) for row in rows])
    return shown


def least_certain(evaluation: ClassEvaluation) -> np.ndarray:
    """Returns all rows, those first whose two most probable classes are closest."""
    best_two = np.partition(evaluation.probabilities, -2, axis=1)[:, -2:]
    return np.argsort(best_two[:, 1] - best_two[:, 0], kind="stable")


def of_cells(evaluation: ClassEvaluation, most: int = MOST_IN_CELLS) -> dict[tuple[int, int], list[int]]:
    """Chooses the rows to show for each cell (true class, predicted class) of the confusion matrix.

    Mistakes go before right answers, cells with many examples before those with few, and every cell gets six
    before any gets more. Of mistakes the most confident are taken, of right answers the least.
    """
    labels, predictions = evaluation.labels, evaluation.predictions
    wrong, confidence = ~evaluation.right, evaluation.confidence
    cell = labels * len(evaluation.classes) + predictions
    order = np.lexsort((np.where(wrong, -confidence, confidence), cell))
    starts = np.flatnonzero(np.diff(cell[order], prepend=-1))
    sizes = np.diff(starts, append=len(order))
    place = np.arange(len(order)) - np.repeat(starts, sizes)  # within its cell
    size = np.repeat(sizes, sizes)
    ranks = np.lexsort((place, -size, ~wrong[order], place // _FIRST_OF_CELL))
    chosen = np.sort(ranks[place[ranks] < MOST_IN_CELL][:most])
    cells: dict[tuple[int, int], list[int]] = {}
    for row in order[chosen].tolist():
        cells.setdefault((int(labels[row]), int(predictions[row])), []).append(row)
    return cells
