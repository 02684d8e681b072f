"""Precision over recall at every threshold, as a curve for the page."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from kerasft.formats import svg

_MOST_POINTS = 200
_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP, _RIGHT = 200, 160, 40, 30, 8, 8


def precision_recall_chart(
    recall: np.ndarray, precision: np.ndarray, dot: tuple[float, float] | None, title: str, label: str
) -> Markup:
    """Draws a curve, with a dot at the threshold that is used.

    Args:
        recall: (n,), rising or falling.
        precision: (n,).
        dot: Recall and precision at the threshold; None where there is none.
        title: Of the dot.
        label: What the chart shows, for those who can't see it.
    """

    def x(value: float) -> float:
        return _LEFT + value * (_WIDTH - _LEFT - _RIGHT)

    def y(value: float) -> float:
        return _HEIGHT - _BOTTOM - value * (_HEIGHT - _BOTTOM - _TOP)

    rows = np.unique(np.linspace(0, len(recall) - 1, min(_MOST_POINTS, len(recall))).astype(int))
    parts = [svg.tick(_LEFT, _WIDTH - _RIGHT, y(tick), f"{tick:g}") for tick in (0.0, 0.5, 1.0)]
    parts += [svg.text(x(tick), _HEIGHT - _BOTTOM + 14, f"{tick:g}", "middle") for tick in (0.0, 0.5, 1.0)]
    parts.append(svg.line([(x(float(recall[row])), y(float(precision[row]))) for row in rows], "validation"))
    if dot is not None:
        circle = f'<circle class="dot validation" cx="{x(dot[0]):.1f}" cy="{y(dot[1]):.1f}" r="4">'
        parts.append(f"{circle}<title>{title}</title></circle>")
    parts.append(svg.text((_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 3, "recall", "middle"))
    middle = (_HEIGHT - _BOTTOM + _TOP) / 2
    parts.append(
        f'<text x="9" y="{middle}" text-anchor="middle" transform="rotate(-90 9 {middle})">precision</text>'
    )
    return svg.drawing(_WIDTH, _HEIGHT, label, parts)
