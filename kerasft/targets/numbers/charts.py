"""Predicted numbers against the true ones, and their errors, as charts for the page."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from kerasft.formats import svg
from kerasft.targets.numbers.scores import NumberScores

MOST_DOTS = 1000
_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP, _RIGHT = 440, 340, 62, 42, 10, 10


@dataclass(frozen=True)
class _Frame:
    """Where numbers are on the drawing: both axes have their ticks."""

    across: list[float]
    up: list[float]

    @classmethod
    def around(cls, across: np.ndarray, up: np.ndarray) -> _Frame:
        return cls(*(svg.nice_ticks(float(each.min()), float(each.max())) for each in (across, up)))

    def x(self, value: float) -> float:
        span = (self.across[-1] - self.across[0]) or 1.0
        return _LEFT + (value - self.across[0]) / span * (_WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        span = (self.up[-1] - self.up[0]) or 1.0
        return _HEIGHT - _BOTTOM - (value - self.up[0]) / span * (_HEIGHT - _BOTTOM - _TOP)

    def line(self, start: tuple[float, float], end: tuple[float, float], kind: str) -> str:
        return svg.line([(self.x(a), self.y(b)) for a, b in (start, end)], kind)

    def axes(self, below: str, beside: str) -> list[str]:
        parts = [svg.tick(_LEFT, _WIDTH - _RIGHT, self.y(tick), f"{tick:g}") for tick in self.up]
        parts += [
            svg.text(self.x(tick), _HEIGHT - _BOTTOM + 16, f"{tick:g}", "middle") for tick in self.across
        ]
        parts.append(svg.text((_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 6, below, "middle"))
        middle = (_HEIGHT - _BOTTOM + _TOP) / 2
        turned = svg.text(0, 0, beside, "middle")
        parts.append(f'<g transform="translate(11 {middle}) rotate(-90)">{turned}</g>')
        return parts


def scatter(scores: NumberScores) -> Markup:
    """Draws each answer against the truth; on the line they are equal, between the dashed ones within the interval."""
    both = np.concatenate([scores.truth, scores.answers])
    frame = _Frame.around(both, both)
    low, high = frame.across[0], frame.across[-1]
    parts = [*frame.axes("true", "predicted"), frame.line((low, low), (high, high), "ideal")]
    half = scores.half_width
    if half is not None and half < high - low:
        parts.append(frame.line((low, low + half), (high - half, high), "bound"))
        parts.append(frame.line((low + half, low), (high, high - half), "bound"))
    parts += _dots(scores, frame, scores.truth, scores.answers)
    return svg.drawing(_WIDTH, _HEIGHT, f"{scores.number}: predicted numbers against the true ones", parts)


def residuals(scores: NumberScores) -> Markup:
    """Draws each error over the answer: on the line there is none, between the dashed ones the interval holds."""
    half, errors = scores.half_width, scores.errors
    ends = errors if half is None else np.concatenate([errors, [half, -half]])
    frame = _Frame.around(scores.answers, np.concatenate([ends, [0.0]]))
    low, high = frame.across[0], frame.across[-1]
    parts = [*frame.axes("predicted", "predicted less true"), frame.line((low, 0), (high, 0), "ideal")]
    if half is not None:
        parts += [frame.line((low, end), (high, end), "bound") for end in (half, -half)]
    parts += _dots(scores, frame, scores.answers, errors)
    return svg.drawing(_WIDTH, _HEIGHT, f"{scores.number}: errors over predicted numbers", parts)


def _dots(scores: NumberScores, frame: _Frame, across: np.ndarray, up: np.ndarray) -> list[str]:
    """Returns a dot for each example, at most 1000 taken evenly; those beyond the interval are marked."""
    count, inside = len(across), scores.inside
    rows = np.unique(np.linspace(0, count - 1, min(MOST_DOTS, count)).astype(int))
    return [
        f'<circle class="dot {"training" if inside is not None and not inside[row] else "validation"}" '
        f'cx="{frame.x(across[row]):.1f}" cy="{frame.y(up[row]):.1f}" r="3">'
        f"<title>true {scores.truth[row]:.4g}, predicted {scores.answers[row]:.4g}</title></circle>"
        for row in rows
    ]
