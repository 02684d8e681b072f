"""Charts as SVG that follow the page's colours in light and dark: the page's style sheet paints them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from markupsafe import Markup, escape

from kerasft.base.printable import shown
from kerasft.targets.classes.evaluation import Evaluation
from kerasft.training.history import Epoch

BINS = 10  # of the drawn curve; few enough that most of them have examples
_WIDTH, _HEIGHT = 480, 270
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 12, 26, 38
_MOST_MARKED = 60


def nice_ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Returns round numbers (1, 2 or 5 times a power of ten apart) that cover `low` to `high`."""
    span = max(high - low, 1e-9)
    power = 10.0 ** math.floor(math.log10(span / about))
    step = next(power * factor for factor in (1, 2, 5, 10) if span / (power * factor) <= about)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [float(f"{step * number:.10g}") for number in range(first, last + 1)]


def learning_curve(rows: Sequence[Epoch], metric: str) -> Markup:
    """Draws one metric of training and validation over the epochs of all phases; the phases are marked.

    Args:
        rows: The history.
        metric: "loss", or the name of a metric.
    """
    series = {
        kind: [row.values(metric)[place] for row in rows]
        for place, kind in enumerate(("training", "validation"))
    }
    finite = [value for values in series.values() for value in values if math.isfinite(value)] or [0.0, 1.0]
    low, high = (0.0, max(finite)) if metric == "loss" else (min(finite), 1.0)
    ticks = nice_ticks(low, max(high, low + 1e-3))

    def x(epoch: float) -> float:
        return _LEFT + (epoch - 0.5) / len(rows) * (_WIDTH - _LEFT - _RIGHT)

    def y(value: float) -> float:
        share = (value - ticks[0]) / (ticks[-1] - ticks[0])
        return _HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM)

    parts = _phase_bands(rows, x)
    parts += [_tick(_LEFT, _WIDTH - _RIGHT, y(tick), f"{tick:g}") for tick in ticks]
    for epoch in sorted({round(each) for each in nice_ticks(1, len(rows)) if 1 <= each <= len(rows)} | {1}):
        parts.append(_text(x(epoch), _HEIGHT - _BOTTOM + 16, str(epoch), "middle"))
    parts.append(_text((_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 5, "epoch", "middle"))
    for kind, values in series.items():
        points = [(x(i), y(v)) for i, v in enumerate(values, start=1) if math.isfinite(v)]
        parts.append(_line(points, kind))
        if len(points) <= _MOST_MARKED:
            parts += [f'<circle class="dot {kind}" cx="{a:.1f}" cy="{b:.1f}" r="3"/>' for a, b in points]
    last = ", ".join(f"{kind} {values[-1]:.4g}" for kind, values in series.items())
    return _svg(_WIDTH, _HEIGHT, f"{metric} over {len(rows)} epochs; at the end {last}", parts)


def _phase_bands(rows: Sequence[Epoch], x) -> list[str]:
    parts = []
    starts = [i for i, row in enumerate(rows) if i == 0 or row.phase != rows[i - 1].phase]
    for number, (start, end) in enumerate(zip(starts, [*starts[1:], len(rows)], strict=True)):
        left, right = x(start + 0.5), x(end + 0.5)
        height = _HEIGHT - _TOP - _BOTTOM
        parts.append(
            f'<rect class="band band{number % 2}" x="{left:.1f}" y="{_TOP}" '
            f'width="{right - left:.1f}" height="{height}"/>'
        )
        parts.append(_text((left + right) / 2, _TOP - 8, rows[start].phase, "middle", "phase"))
    return parts


def calibration_bins(evaluation: Evaluation, bins: int = BINS) -> list[tuple[float, float, int]]:
    """Returns (mean probability, accuracy, examples) of each bin of equal width that has examples."""
    confidence = evaluation.probabilities.max(axis=1).astype("float64")
    right = evaluation.labels == evaluation.predictions
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

    parts = [_tick(left, size - top, y(tick), f"{tick:g}") for tick in (0, 0.25, 0.5, 0.75, 1)]
    parts += [_text(x(tick), size - bottom + 16, f"{tick:g}", "middle") for tick in (0, 0.25, 0.5, 0.75, 1)]
    parts.append(_line([(x(0), y(0)), (x(1), y(1))], "ideal"))
    total = sum(count for *_, count in bins)
    for mean, accuracy, _ in bins:  # the gaps, under the points
        parts.append(_line([(x(mean), y(mean)), (x(mean), y(accuracy))], "gap"))
    for mean, accuracy, count in bins:
        radius = 3 + 7 * math.sqrt(count / total)
        title = f"probability {mean:.3f}, right {accuracy:.3f}, {count} examples"
        parts.append(
            f'<circle class="dot validation" cx="{x(mean):.1f}" cy="{y(accuracy):.1f}" r="{radius:.1f}">'
            f"<title>{title}</title></circle>"
        )
    parts.append(_text(left + inner / 2, size - 6, "probability of the answer", "middle"))
    middle = (size - bottom + top) / 2
    parts.append(
        f'<text x="11" y="{middle}" text-anchor="middle" transform="rotate(-90 11 {middle})">share right</text>'
    )
    return _svg(size, size, "share of right answers against their probability", parts)


def _line(points: Sequence[tuple[float, float]], kind: str) -> str:
    return f'<polyline class="line {kind}" points="{" ".join(f"{a:.1f},{b:.1f}" for a, b in points)}"/>'


def _tick(left: float, right: float, y: float, label: str) -> str:
    line = f'<line class="grid" x1="{left}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}"/>'
    return line + _text(left - 6, y + 4, label, "end")


def _text(x: float, y: float, text: str, anchor: str, kind: str = "tick") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(shown(text))}</text>'


def _svg(width: int, height: int, label: str, parts: Sequence[str]) -> Markup:
    text = f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(shown(label))}">{"".join(parts)}</svg>'
    return Markup(text)  # all texts in it are escaped above
