"""How often something happens beside how probable it was said to be, as a curve for the page."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

from kerasft.formats import svg


def reliability_diagram(
    bins: Sequence[tuple[float, float, int]], label: str, across: str, up: str, size: int = 300
) -> Markup:
    """Draws shares against probabilities, with the number of examples as the size of the points.

    Args:
        bins: From `kerasft.base.calibrating.calibration_bins`.
        label: What it shows, for those who can't see it.
        across: What the probabilities are of.
        up: What the shares are of.
        size: Width and height in pixels.
    """
    left, bottom, top = 46, 42, 10
    ticks = (0.0, 0.25, 0.5, 0.75, 1.0) if size >= 250 else (0.0, 0.5, 1.0)
    inner = size - left - top

    def x(share: float) -> float:
        return left + share * inner

    def y(share: float) -> float:
        return size - bottom - share * (size - bottom - top)

    parts = [svg.tick(left, size - top, y(tick), f"{tick:g}") for tick in ticks]
    parts += [svg.text(x(tick), size - bottom + 16, f"{tick:g}", "middle") for tick in ticks]
    parts.append(svg.line([(x(0), y(0)), (x(1), y(1))], "ideal"))
    total = sum(count for *_, count in bins)
    for mean, share, _ in bins:  # the gaps, under the points
        parts.append(svg.line([(x(mean), y(mean)), (x(mean), y(share))], "gap"))
    for mean, share, count in bins:
        radius = (3 + 7 * math.sqrt(count / total)) * size / 300
        title = f"probability {mean:.3f}, {up} {share:.3f}, {count} examples"
        parts.append(
            f'<circle class="dot validation" cx="{x(mean):.1f}" cy="{y(share):.1f}" r="{radius:.1f}">'
            f"<title>{title}</title></circle>"
        )
    parts.append(svg.text(left + inner / 2, size - 6, across, "middle"))
    middle = (size - bottom + top) / 2
    parts.append(
        f'<text x="11" y="{middle}" text-anchor="middle" transform="rotate(-90 11 {middle})">{up}</text>'
    )
    return svg.drawing(size, size, label, parts)
