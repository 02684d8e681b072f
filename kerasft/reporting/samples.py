"""What the page shows of single examples: small pictures or short texts, few enough that the file stays small."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np

from kerasft.targets.classes.evaluation import Evaluation

THUMBNAIL = 64  # pixels
LONGEST_TEXT = 280  # characters
MOST_OF_DATA = 240  # examples of the training split, all classes together
MOST_OF_CLASS = 8
MOST_IN_CELLS = 600  # examples behind the confusion matrix's cells, all together
MOST_IN_CELL = 12
MOST_LISTED = 24  # mistakes, and uncertain answers
_FIRST_OF_CELL = 6  # of each cell, before any cell gets more


def show(split: Any, row: int) -> dict[str, Any]:
    """Returns an example for the page: its id with a data URL `src`, or with `text` (and `pair`)."""
    example = {"id": clip(split.ids[row], 120)}
    if hasattr(split, "images"):
        return {**example, "src": data_url(split.images[row])}
    pair = {} if split.pairs is None else {"pair": clip(split.pairs[row])}
    return {**example, "text": clip(split.texts[row]), **pair}


def clip(text: str, longest: int = LONGEST_TEXT) -> str:
    """Returns a text on one line, cut after `longest` characters."""
    text = " ".join(text[: 4 * longest].split()) if len(text) > longest else " ".join(text.split())
    return text if len(text) <= longest else text[: longest - 1] + "…"


def data_url(pixels: np.ndarray) -> str:
    """Returns a picture (height, width, 3) uint8 as a JPEG of at most 64 pixels in a data URL."""
    from PIL import Image

    image = Image.fromarray(np.asarray(pixels))
    image.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=80, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()


def of_each_class(split: Any, num_classes: int) -> list[list[dict[str, Any]]]:
    """Returns the first examples of each class: at most 8 of a class (3 texts), and 240 of all."""
    most = MOST_OF_CLASS if hasattr(split, "images") else 3
    each = int(np.clip(MOST_OF_DATA // max(1, num_classes), 1, most))
    shown = []
    for label in range(num_classes):
        rows = np.flatnonzero(split.labels == label)[:each] if label < MOST_OF_DATA else ()
        shown.append([show(split, row) for row in rows])
    return shown


def mistakes(evaluation: Evaluation) -> np.ndarray:
    """Returns the rows of all wrong answers, the most confident first."""
    confidence = evaluation.probabilities.max(axis=1)
    wrong = np.flatnonzero(evaluation.labels != evaluation.predictions)
    return wrong[np.argsort(-confidence[wrong], kind="stable")]


def least_certain(evaluation: Evaluation) -> np.ndarray:
    """Returns all rows, those first whose two most probable classes are closest."""
    best_two = np.partition(evaluation.probabilities, -2, axis=1)[:, -2:]
    return np.argsort(best_two[:, 1] - best_two[:, 0], kind="stable")


def of_cells(evaluation: Evaluation, most: int = MOST_IN_CELLS) -> dict[tuple[int, int], list[int]]:
    """Chooses the rows to show for each cell (true class, predicted class) of the confusion matrix.

    Mistakes go before right answers, cells with many examples before those with few, and every cell gets six
    before any gets more. Of mistakes the most confident are taken, of right answers the least.
    """
    labels, predictions = evaluation.labels, evaluation.predictions
    wrong = labels != predictions
    confidence = evaluation.probabilities.max(axis=1)
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
