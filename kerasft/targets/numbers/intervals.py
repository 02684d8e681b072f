"""Prediction intervals by split conformal prediction: how far off answers mostly are, seen on the validation split.

If new examples are drawn as those of the validation split were, the true number lies within the interval with at
least the probability `coverage`, whatever the model is and however errors are distributed (Vovk, Gammerman and Shafer
2005, "Algorithmic Learning in a Random World"; Lei et al. 2018, "Distribution-free predictive inference for
regression", section 2.2). The probability is over examples and validation splits alike: one validation split may give
a little more or less. Each number has an interval of its own; that all of an example's numbers are within theirs is
less likely. The validation split also chose the best epoch, which is a choice among few: what that costs, the coverage
on the test split shows.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import numpy as np

from kerasft.base.json_values import JsonFields, JsonObject
from kerasft.base.options import is_number
from kerasft.base.wording import plural

COVERAGE = 0.9


@dataclass(frozen=True)
class Intervals:
    """What was fitted on the validation split.

    Args:
        coverage: The share of new examples that an interval is to hold.
        half_widths: Of each number, how far the ends are from the answer, in its unit; () where there are too few
            examples for this coverage, or nothing was fitted.
        examples: How many they were fitted on.
    """

    coverage: float = COVERAGE
    half_widths: tuple[float, ...] = ()
    examples: int = 0

    @property
    def served(self) -> JsonObject:
        """What an exported file's description says of it."""
        return {"intervals": self.as_dict()}

    def as_dict(self) -> JsonObject:
        """Returns it as a value for JSON."""
        return {**asdict(self), "half_widths": list(self.half_widths)}

    @property
    def missing(self) -> str:
        """Why there are none, in words; "" where there are some, or nothing was fitted."""
        if self.half_widths or not self.examples:
            return ""
        few = f"{plural(self.examples, 'validation example')} {'is' if self.examples == 1 else 'are'} too few"
        return f"{few} for a coverage of {self.coverage:g}, which needs {fewest(self.coverage)}"


NO_INTERVALS = Intervals()


def fewest(coverage: float) -> int:
    """Returns how many examples a coverage needs: with fewer, no error seen is large enough."""
    return math.ceil(coverage / (1 - coverage) - 1e-9)


def conformal_quantile(errors: np.ndarray, coverage: float) -> float | None:
    """Returns the ceil((n + 1) * coverage)-th smallest of absolute errors (n,); None where n is smaller than that."""
    rank = math.ceil((len(errors) + 1) * coverage - 1e-9)
    return float(np.sort(errors)[rank - 1]) if rank <= len(errors) else None


def fit_intervals(answers: np.ndarray, truth: np.ndarray, coverage: float = COVERAGE) -> Intervals:
    """Fits the intervals of each number on its absolute errors.

    Args:
        answers: (n, numbers), in the units of the data.
        truth: (n, numbers), the right ones.
        coverage: Between 0 and 1.
    """
    errors = np.abs(np.asarray(answers, np.float64) - truth)
    found = [conformal_quantile(column, coverage) for column in errors.T]
    widths = tuple(each for each in found if each is not None)
    return Intervals(coverage, widths if len(widths) == len(found) else (), len(errors))


def read_intervals(values: JsonFields, count: int | None = None) -> Intervals:
    """Returns what `Intervals.as_dict` gave, checked.

    Args:
        values: Of a run or a file.
        count: How many numbers there are; None: not known.

    Raises:
        ValueError: A value can't be used; the text says which.
    """
    coverage, widths, examples = (values.get(key) for key in ("coverage", "half_widths", "examples"))
    if not is_number(coverage) or not 0 < coverage < 1:
        raise ValueError(f"coverage is {coverage!r:.60}")
    if not isinstance(widths, list | tuple) or (widths and count not in (None, len(widths))):
        raise ValueError(f"half_widths is {widths!r:.60}")
    if not all(is_number(width) and 0 <= width < math.inf for width in widths):
        raise ValueError(f"half_widths is {widths!r:.60}")
    if not isinstance(examples, int) or isinstance(examples, bool) or examples < 0:
        raise ValueError(f"examples is {examples!r:.60}")
    return Intervals(float(coverage), tuple(map(float, widths)), examples)
