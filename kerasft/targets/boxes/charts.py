"""Precision and recall of the boxes of one class at every score, as a chart."""

from __future__ import annotations

from markupsafe import Markup

from kerasft.formats.precision_recall import precision_recall_chart
from kerasft.targets.boxes.curves import curve_of
from kerasft.targets.boxes.evaluation import BoxEvaluation


def precision_recall(evaluation: BoxEvaluation, number: int | None = None) -> Markup:
    """Draws precision over recall of a class, or of all, with a dot at the threshold."""
    curve = curve_of(evaluation.matches, number)
    scores = evaluation.decided if number is None else evaluation.classes[number]
    label = "precision and recall of all classes"
    if number is not None:
        label = f"precision and recall of {evaluation.classes[number].name}"
    dot, title = None, ""
    if scores.precision is not None and scores.recall is not None:
        dot = scores.recall, scores.precision
        threshold = evaluation.threshold
        title = f"from {threshold:.3f} on: precision {scores.precision:.3f}, recall {scores.recall:.3f}"
    return precision_recall_chart(curve.recall, curve.precision, dot, title, label)
