"""Precision and recall of one label at every threshold, and how far its probabilities can be believed, as charts."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from kerasft.base.calibrating import calibration_bins
from kerasft.formats import svg
from kerasft.formats.reliability import reliability_diagram
from kerasft.targets.labels.evaluation import LabelEvaluation

_MOST_POINTS = 200


def precision_recall(evaluation: LabelEvaluation, place: int) -> Markup:
    """Draws precision over recall of a label that some example has, with a dot at its threshold."""
    from sklearn.metrics import precision_recall_curve

    width, height, left, bottom, top, right = 200, 160, 34, 30, 8, 8
    scores = evaluation.labels[place]
    precision, recall, _ = precision_recall_curve(
        evaluation.truth[:, place], evaluation.probabilities[:, place]
    )

    def x(value: float) -> float:
        return left + value * (width - left - right)

    def y(value: float) -> float:
        return height - bottom - value * (height - bottom - top)

    rows = np.unique(np.linspace(0, len(recall) - 1, min(_MOST_POINTS, len(recall))).astype(int))
    parts = [svg.tick(left, width - right, y(tick), f"{tick:g}") for tick in (0.0, 0.5, 1.0)]
    parts += [svg.text(x(tick), height - bottom + 14, f"{tick:g}", "middle") for tick in (0.0, 0.5, 1.0)]
    parts.append(svg.line([(x(float(recall[row])), y(float(precision[row]))) for row in rows], "validation"))
    title = f"from {scores.threshold:.3f} on: precision {scores.precision:.3f}, recall {scores.recall:.3f}"
    dot = f'<circle class="dot validation" cx="{x(scores.recall):.1f}" cy="{y(scores.precision):.1f}" r="4">'
    parts.append(f"{dot}<title>{title}</title></circle>")
    parts.append(svg.text((left + width - right) / 2, height - 3, "recall", "middle"))
    middle = (height - bottom + top) / 2
    parts.append(
        f'<text x="9" y="{middle}" text-anchor="middle" transform="rotate(-90 9 {middle})">precision</text>'
    )
    return svg.drawing(width, height, f"precision and recall of {scores.name}", parts)


def reliability(evaluation: LabelEvaluation, place: int) -> Markup:
    """Draws the share of examples that have a label over its probability."""
    bins = calibration_bins(evaluation.probabilities[:, place], evaluation.truth[:, place])
    label = f"share that has {evaluation.labels[place].name} against its probability"
    return reliability_diagram(bins, label, "probability", "share that has it", 180)
