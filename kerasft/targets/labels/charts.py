"""Precision and recall of one label at every threshold, and how far its probabilities can be believed, as charts."""

from __future__ import annotations

from markupsafe import Markup

from kerasft.base.calibrating import calibration_bins
from kerasft.formats.precision_recall import precision_recall_chart
from kerasft.formats.reliability import reliability_diagram
from kerasft.targets.labels.evaluation import LabelEvaluation


def precision_recall(evaluation: LabelEvaluation, place: int) -> Markup:
    """Draws precision over recall of a label that some example has, with a dot at its threshold."""
    from sklearn.metrics import precision_recall_curve

    scores = evaluation.labels[place]
    precision, recall, _ = precision_recall_curve(
        evaluation.truth[:, place], evaluation.probabilities[:, place]
    )
    title = f"from {scores.threshold:.3f} on: precision {scores.precision:.3f}, recall {scores.recall:.3f}"
    dot = scores.recall, scores.precision
    return precision_recall_chart(recall, precision, dot, title, f"precision and recall of {scores.name}")


def reliability(evaluation: LabelEvaluation, place: int) -> Markup:
    """Draws the share of examples that have a label over its probability."""
    bins = calibration_bins(evaluation.probabilities[:, place], evaluation.truth[:, place])
    label = f"share that has {evaluation.labels[place].name} against its probability"
    return reliability_diagram(bins, label, "probability", "share that has it", 180)
