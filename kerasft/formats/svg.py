"""What charts are drawn with, as SVG that follows a page's colours in light and dark: its style sheet paints them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup, escape

from kerasft.base.printable import shown


def nice_ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Returns round numbers (1, 2 or 5 times a power of ten apart) that cover `low` to `high`."""
    span = max(high - low, 1e-9)
    power = 10.0 ** math.floor(math.log10(span / about))
    step = next(power * factor for factor in (1, 2, 5, 10) if span / (power * factor) <= about)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [float(f"{step * number:.10g}") for number in range(first, last + 1)]


def line(points: Sequence[tuple[float, float]], kind: str) -> str:
    """Returns a line through points (x, y); `kind` is its class in the style sheet."""
    return f'<polyline class="line {kind}" points="{" ".join(f"{a:.1f},{b:.1f}" for a, b in points)}"/>'


def tick(left: float, right: float, y: float, label: str) -> str:
    """Returns a horizontal line of the grid, at the height `y`, with its label on the left."""
    grid = f'<line class="grid" x1="{left}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}"/>'
    return grid + text(left - 6, y + 4, label, "end")


def text(x: float, y: float, words: str, anchor: str, kind: str = "tick") -> str:
    """Returns a text; `anchor` is "start", "middle" or "end", `kind` its class in the style sheet."""
    return (
        f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(shown(words))}</text>'
    )


def drawing(width: int, height: int, label: str, parts: Sequence[str]) -> Markup:
    """Returns a drawing of its parts; `label` says what it shows to those who can't see it."""
    start = f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(shown(label))}">'
    return Markup("".join([start, *parts, "</svg>"]))  # all texts in it are escaped above
