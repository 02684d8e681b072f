"""Scores and differences with their intervals below each other, as SVG that follows the page's colours."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from kerasft.base.wording import clip
from kerasft.formats import svg

_WIDTH, _LEFT, _RIGHT, _TOP, _EACH, _BOTTOM = 800, 250, 70, 8, 30, 30
LONGEST = 32  # characters of a name

Row = tuple[str, float, float, float]  # name, value, low, high


def forest(rows: Sequence[Row], label: str, zero: bool = False) -> Markup:
    """Draws each value as a dot on the line of its interval.

    Args:
        rows: Below each other.
        label: What is shown, for those who can't see it.
        zero: Whether a line at 0 is drawn, on either side of which differences lie.
    """
    ends = [end for _, value, low, high in rows for end in (value, low, high)] + ([0.0] if zero else [])
    ticks = svg.nice_ticks(min(ends), max(max(ends), min(ends) + 1e-3))
    bottom = _TOP + _EACH * len(rows)

    def x(value: float) -> float:
        return _LEFT + (value - ticks[0]) / (ticks[-1] - ticks[0]) * (_WIDTH - _LEFT - _RIGHT)

    parts = []
    for each in ticks:
        kind = "line zero" if zero and each == 0 else "grid"
        parts.append(f'<path class="{kind}" d="M{x(each):.1f} {_TOP}V{bottom}"/>')
        parts.append(svg.text(x(each), bottom + 18, f"{each:g}", "middle"))
    for place, (name, value, low, high) in enumerate(rows):
        y = _TOP + _EACH * (place + 0.5)
        parts.append(svg.text(_LEFT - 12, y + 4, clip(name, LONGEST), "end", "name"))
        parts.append(f'<path class="whisker" d="M{x(low):.1f} {y:.1f}H{x(high):.1f}"/>')
        parts.append(f'<circle class="dot score" cx="{x(value):.1f}" cy="{y:.1f}" r="5"/>')
        parts.append(
            svg.text(_WIDTH - _RIGHT + 12, y + 4, f"{value:+.4f}" if zero else f"{value:.4f}", "start")
        )
    said = "; ".join(f"{name}: {value:.4g}, {low:.4g} to {high:.4g}" for name, value, low, high in rows)
    return svg.drawing(_WIDTH, bottom + _BOTTOM, f"{label}, with intervals: {said}", parts)
