"""The confusion matrix for the page: a table of buttons for few classes, a small image of it for many."""

from __future__ import annotations

import base64
import io

import numpy as np

from kerasft.base.wording import clip
from kerasft.contract.showing import Showing
from kerasft.contract.splits import Split
from kerasft.targets.classes import samples
from kerasft.targets.classes.evaluation import ClassEvaluation

MOST_IN_TABLE = 25
MOST_PAIRS = 40
_RIGHT, _WRONG = (47, 127, 200), (224, 112, 40)  # RGB, seen on light and on dark


def pairs(evaluation: ClassEvaluation) -> list[dict[str, object]]:
    """Returns the most confused pairs: true and predicted class (indexes), examples, and their share of the class."""
    wrong = evaluation.confusion.copy()
    np.fill_diagonal(wrong, 0)
    support = np.maximum(evaluation.confusion.sum(axis=1), 1)
    true, predicted = np.nonzero(wrong)
    counts = wrong[true, predicted]
    order = np.lexsort((-counts / support[true], -counts))[:MOST_PAIRS]
    return [
        {
            "true": int(true[i]),
            "predicted": int(predicted[i]),
            "count": int(counts[i]),
            "share": float(counts[i] / support[true[i]]),
        }
        for i in order
    ]


def rows(evaluation: ClassEvaluation) -> list[list[dict[str, object]]]:
    """Returns the table's cells: `count`, and `tint`, how strongly it is coloured, 0..1."""
    tints = _tints(evaluation.confusion)
    return [
        [{"count": int(count), "tint": round(float(tint), 3)} for count, tint in zip(*each, strict=True)]
        for each in zip(evaluation.confusion, tints, strict=True)
    ]


def picture(evaluation: ClassEvaluation) -> str:
    """Returns the matrix as a PNG in a data URL: one pixel per cell, blue for right answers, orange for wrong ones."""
    from PIL import Image

    tints = _tints(evaluation.confusion)
    pixels = np.zeros((*tints.shape, 4), "uint8")
    pixels[..., :3] = _WRONG
    pixels[np.diag_indices(len(tints))] = (*_RIGHT, 0)
    pixels[..., 3] = np.round(255 * np.where(tints > 0, 0.25 + 0.75 * tints, 0))
    buffer = io.BytesIO()
    Image.fromarray(pixels, "RGBA").save(buffer, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def behind_cells(evaluation: ClassEvaluation, split: Split, showing: Showing) -> dict[str, object]:
    """Returns what the page's script shows for a cell: all counts, and the chosen examples of each cell."""
    chosen = samples.of_cells(evaluation)
    confidence = evaluation.confidence
    examples: list[dict[str, object]] = []
    places: dict[tuple[int, int], list[int]] = {}
    for cell, members in chosen.items():
        places[cell] = list(range(len(examples), len(examples) + len(members)))
        examples += [
            {**showing.example(split, row), "p": round(float(confidence[row]), 3)} for row in members
        ]
    true, predicted = np.nonzero(evaluation.confusion)
    cells = {
        f"{t},{p}": [int(evaluation.confusion[t, p]), places.get((t, p), [])]
        for t, p in zip(true.tolist(), predicted.tolist(), strict=True)
    }
    names = [clip(name, 120) for name in evaluation.class_names]
    return {"names": names, "cells": cells, "examples": examples}


def _tints(confusion: np.ndarray) -> np.ndarray:
    """Square roots of the shares of the true class: single errors are seen, and rare classes as well as frequent."""
    return np.sqrt(confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1))
