"""What a sweep over learning rates found: the curve, the suggestion and how it was chosen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kerasft.base.json_values import JsonObject

_ROWS_PER_DECADE = 2


@dataclass(frozen=True, eq=False)
class LearningRates:
    """The loss of a phase against its learning rate, and what follows from it.

    Args:
        phase: The phase's name.
        rates: float64 (steps,), rising.
        losses: float64 (steps,), the training loss of each step's batch, before the step; the last one may be
            infinite or NaN.
        smoothed: float64 (steps,), what the loss of the whole split would be: each batch's own loss before the
            sweep is taken off, then the curve is smoothed.
        suggestion: The learning rate to take.
        how: How it was chosen, in words.
        usable: Whether it comes from the curve; otherwise it is the phase's default.
        marks: The places of the curve that the suggestion was chosen from, by name: "steepest descent", "a tenth of
            the lowest loss", "a tenth of the divergence" (where there is one).
    """

    phase: str
    rates: np.ndarray
    losses: np.ndarray
    smoothed: np.ndarray
    suggestion: float
    how: str
    usable: bool
    marks: dict[str, float]

    def as_dict(self) -> JsonObject:
        """Returns it as a value for JSON; a loss that is not finite becomes None."""
        return {
            "phase": self.phase,
            "suggestion": self.suggestion,
            "how": self.how,
            "usable": self.usable,
            "marks": dict(self.marks),
            "rates": self.rates.tolist(),
            "losses": [_finite(each) for each in self.losses],
            "smoothed": [_finite(each) for each in self.smoothed],
        }

    def __str__(self) -> str:
        lines = [f"phase {self.phase}", "", "  learning rate      loss"]
        wanted = np.arange(np.log10(self.rates[0]), np.log10(self.rates[-1]) + 1e-9, 1 / _ROWS_PER_DECADE)
        rows = dict.fromkeys(int(np.abs(np.log10(self.rates) - each).argmin()) for each in wanted)
        lines += [f"  {self.rates[row]:>13.1e}{self.smoothed[row]:>10.4f}" for row in rows]
        lines += ["", *(f"  {name}: {value:.2g}" for name, value in self.marks.items())]
        return "\n".join([*lines, f"  suggestion: {self.suggestion:.2g} ({self.how})"])


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
