"""Numbers as targets, in fifty lines: readers are to need no more of a kind of target than this."""

import math
from dataclasses import dataclass
from numbers import Real

import numpy as np

from kerasft.base.errors import Problem
from kerasft.contract.answers import Spelling, UnreadableError
from kerasft.contract.targets import Targets
from kerasft.data.values import is_boolean, is_missing, show


class NumberSpelling(Spelling):
    form = "number"

    def label_of(self, raw):
        if is_missing(raw):
            raise UnreadableError("the value is empty")
        try:
            value = float(raw) if isinstance(raw, (str, Real)) and not is_boolean(raw) else math.nan
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise UnreadableError("the value is not a number", show(raw), "write it as 12.5")
        return repr(value)


@dataclass(frozen=True)
class Numbers:
    """All numbers between the least and the largest of the data."""

    low: float = -math.inf
    high: float = math.inf
    conflict = "there with two values"

    def __str__(self):
        return f"values from {self.low:g} to {self.high:g}"

    def allows(self, label):
        try:
            return repr(float(label)) == label
        except ValueError:
            return False

    def column(self, labels):
        return np.array([float(label) for label in labels])

    def to_text(self, targets, row):
        return repr(float(targets[row]))

    def strata(self, targets):
        return None

    def few_hint(self, labels):
        return ""

    def notes(self, targets, noun):
        return []


class NumberTargets(Targets):
    def spelling(self, raw, wanted):
        return NumberSpelling()

    def find_schema(self, labels, wanted, place):
        allowed = Numbers()
        odd = [name for name in labels if not allowed.allows(name)]
        problems = [Problem("not a number", repr(name), f"rename it in {place.flag}") for name in odd]
        values = [float(name) for name in labels if name not in odd]
        if not problems and len(values) < 2:
            problems = [Problem("all values are the same", place.received, place.next_step)]
        return wanted or Numbers(min(values, default=0.0), max(values, default=0.0)), problems

    def _unused(self, *given):
        raise NotImplementedError

    schema_of = described = answer_shape = evaluate = finish = _unused


NUMBERS = NumberTargets()
