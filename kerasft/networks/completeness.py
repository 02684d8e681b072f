"""How well attributions add up to what they must."""

from __future__ import annotations

from dataclasses import dataclass

from kerasft.base.json_values import JsonObject

LARGEST_GAP = 0.05  # relative: beyond it, more steps are advised


@dataclass(frozen=True)
class Completeness:
    """How well the attributions of integrated gradients add up to what they must.

    Args:
        steps: Points on the way from the baseline to the input.
        difference: The class's logit for the input, less its logit for the baseline.
        total: The sum of all attributions, which would be the same with endless steps.
    """

    steps: int
    difference: float
    total: float

    @property
    def relative_error(self) -> float:
        """Their distance, as a share of the difference."""
        return abs(self.total - self.difference) / max(abs(self.difference), 1e-6)

    def __str__(self) -> str:
        text = f"attributions add up to {self.total:+.4f}, the logit rises by {self.difference:+.4f}"
        text = f"{text} (gap {self.relative_error:.2%} with {self.steps} steps)"
        return f"{text}; try --steps {4 * self.steps}" if self.relative_error > LARGEST_GAP else text

    def as_dict(self) -> JsonObject:
        """Returns it as a value for JSON."""
        numbers = {"steps": self.steps, "logit_difference": self.difference, "total": self.total}
        return {**numbers, "relative_error": self.relative_error}
