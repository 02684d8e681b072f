"""How often answers are right beside how sure they are, as a curve for the page."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from kerasft.formats import svg
from kerasft.targets.classes.evaluation import ClassEvaluation

BINS = 10  # of the drawn curve; few enough that most of them have examples


def calibration_bins(evaluation: ClassEvaluation, bins: int = BINS) -> list[tuple[float, float, int]]:
    """Returns (mean probability, accuracy, examples) of each bin of equal width that has examples."""
    confidence, right = evaluation.confidence, evaluation.right
    places = np.minimum((confidence * bins).astype(int), bins - 1)
    count = np.bincount(places, minlength=bins)
    sums = (np.bincount(places, values, minlength=bins) for values in (confidence, right))
    mean, accuracy = (each / np.maximum(count, 1) for each in sums)
    return [(float(mean[i]), float(accuracy[i]), int(count[i])) for i in np.flatnonzero(count)]


def calibration_curve(bins: Sequence[tuple[float, float, int]]) -> Markup:
    """Draws accuracy against probability, with the number of examples as the size of the points."""
    size, left, bottom, top = 300, 46, 42, 10
    inner = size - left - top

    def x(share: float) -> float:
        return left + share * inner

    def y(share: float) -> float:
        return size - bottom - share * (size - bottom - top)

    parts = [svg.tick(left, size - top, y(tick), f"{tick:g}") for tick in (0, 0.25, 0.5, 0.75, 1)]
    parts += [
        svg.text(x(tick), size - bottom + 16, f"{tick:g}", "middle") for tick in (0, 0.25, 0.5, 0.75, 1)
    ]
    parts.append(svg.line([(x(0), y(0)), (x(1), y(1))], "ideal"))
    total = sum(count for *_, count in bins)
    for mean, accuracy, _ in bins:  # the gaps, under the points
        parts.append(svg.line([(x(mean), y(mean)), (x(mean), y(accuracy))], "gap"))
    for mean, accuracy, count in bins:
        radius = 3 + 7 * math.sqrt(count / total)
        title = f"probability {mean:.3f}, right {accuracy:.3f}, {count} examples"
        parts.append(
            f'<circle class="dot validation" cx="{x(mean):.1f}" cy="{y(accuracy):.1f}" r="{radius:.1f}">'
            f"<title>{title}</title></circle>"
        )
    parts.append(svg.text(left + inner / 2, size - 6, "probability of the answer", "middle"))
    middle = (size - bottom + top) / 2
    parts.append(
        f'<text x="11" y="{middle}" text-anchor="middle" transform="rotate(-90 11 {middle})">share right</text>'
    )
    return svg.drawing(size, size, "share of right answers against their probability", parts)
