"""The learning curves, as SVG that follows the page's colours in light and dark."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from markupsafe import Markup

from kerasft.contract.objective import Better
from kerasft.formats import svg
from kerasft.training.history import Epoch

_WIDTH, _HEIGHT = 480, 270
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 12, 26, 38
_MOST_MARKED = 60


def learning_curve(rows: Sequence[Epoch], better: Better, best: int | None = None) -> Markup:
    """Draws one metric of training and validation over the epochs of all phases; phases and best epoch are marked.

    Args:
        rows: The history.
        best: The place of the epoch whose weights were kept; None: it isn't known.
        better: The metric. Where lower is better the axis begins at 0 at least, or else it ends at 1 at least.
    """
    metric = better.metric
    series = {
        kind: [row.values(metric)[place] for row in rows]
        for place, kind in enumerate(("training", "validation"))
    }
    finite = [value for values in series.values() for value in values if math.isfinite(value)] or [0.0, 1.0]
    low, high = (min(finite), max(1.0, *finite)) if better.higher else (min(0.0, *finite), max(finite))
    ticks = svg.nice_ticks(low, max(high, low + 1e-3))

    def x(epoch: float) -> float:
        return _LEFT + (epoch - 0.5) / len(rows) * (_WIDTH - _LEFT - _RIGHT)

    def y(value: float) -> float:
        share = (value - ticks[0]) / (ticks[-1] - ticks[0])
        return _HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM)

    parts = _phase_bands(rows, x)
    if best is not None:
        parts.append(f'<path class="best" d="M{x(best + 1):.1f} {_TOP}V{_HEIGHT - _BOTTOM}"/>')
    parts += [svg.tick(_LEFT, _WIDTH - _RIGHT, y(tick), f"{tick:g}") for tick in ticks]
    for epoch in sorted(
        {round(each) for each in svg.nice_ticks(1, len(rows)) if 1 <= each <= len(rows)} | {1}
    ):
        parts.append(svg.text(x(epoch), _HEIGHT - _BOTTOM + 16, str(epoch), "middle"))
    parts.append(svg.text((_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 5, "epoch", "middle"))
    for kind, values in series.items():
        points = [(x(i), y(v)) for i, v in enumerate(values, start=1) if math.isfinite(v)]
        parts.append(svg.line(points, kind))
        if len(points) <= _MOST_MARKED:
            parts += [f'<circle class="dot {kind}" cx="{a:.1f}" cy="{b:.1f}" r="3"/>' for a, b in points]
    if best is not None and math.isfinite(reached := series["validation"][best]):
        parts.append(f'<circle class="best" cx="{x(best + 1):.1f}" cy="{y(reached):.1f}" r="6"/>')
    training, validation = (values[-1] for values in series.values())
    label = (
        f"{metric} over {len(rows)} epochs; at the end training {training:.4g}, validation {validation:.4g}"
    )
    label = label if best is None else f"{label}; kept is epoch {best + 1}"
    return svg.drawing(_WIDTH, _HEIGHT, label, parts)


def _phase_bands(rows: Sequence[Epoch], x: Callable[[float], float]) -> list[str]:
    parts = []
    starts = [i for i, row in enumerate(rows) if i == 0 or row.phase != rows[i - 1].phase]
    for number, (start, end) in enumerate(zip(starts, [*starts[1:], len(rows)], strict=True)):
        left, right = x(start + 0.5), x(end + 0.5)
        height = _HEIGHT - _TOP - _BOTTOM
        parts.append(
            f'<rect class="band band{number % 2}" x="{left:.1f}" y="{_TOP}" '
            f'width="{right - left:.1f}" height="{height}"/>'
        )
        parts.append(svg.text((left + right) / 2, _TOP - 8, rows[start].phase, "middle", "phase"))
    return parts
