"""Predicted numbers against the true ones, as a chart for the page."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from kerasft.formats import svg
from kerasft.targets.numbers.evaluation import NumberEvaluation

MOST_DOTS = 1000


def scatter(evaluation: NumberEvaluation) -> Markup:
    """Draws each answer against the truth, at most 1000 taken evenly; on the line they are equal."""
    width, height, left, bottom, top, right = 440, 340, 56, 42, 10, 10
    truth, answers = evaluation.truth, evaluation.answers
    ticks = svg.nice_ticks(
        min(float(truth.min()), float(answers.min())), max(float(truth.max()), float(answers.max()))
    )
    low, span = ticks[0], (ticks[-1] - ticks[0]) or 1.0

    def x(value: float) -> float:
        return left + (value - low) / span * (width - left - right)

    def y(value: float) -> float:
        return height - bottom - (value - low) / span * (height - bottom - top)

    parts = [svg.tick(left, width - right, y(tick), f"{tick:g}") for tick in ticks]
    parts += [svg.text(x(tick), height - bottom + 16, f"{tick:g}", "middle") for tick in ticks]
    parts.append(svg.line([(x(ticks[0]), y(ticks[0])), (x(ticks[-1]), y(ticks[-1]))], "ideal"))
    rows = np.unique(np.linspace(0, len(truth) - 1, min(MOST_DOTS, len(truth))).astype(int))
    for row in rows:
        title = f"true {truth[row]:.4g}, predicted {answers[row]:.4g}"
        parts.append(
            f'<circle class="dot validation" cx="{x(truth[row]):.1f}" cy="{y(answers[row]):.1f}" r="3">'
            f"<title>{title}</title></circle>"
        )
    parts.append(svg.text((left + width - right) / 2, height - 6, "true", "middle"))
    middle = (height - bottom + top) / 2
    parts.append(
        f'<text x="11" y="{middle}" text-anchor="middle" transform="rotate(-90 11 {middle})">predicted</text>'
    )
    return svg.drawing(width, height, "predicted numbers against the true ones", parts)
