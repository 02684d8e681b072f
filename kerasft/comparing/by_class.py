"""What artifacts reach on each class, label or number, beside the first of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kerasft.base.json_values import JsonObject
from kerasft.base.statistics import Interval, compare_pair, holm
from kerasft.contract.evaluation import Evaluation, OfClass


@dataclass(frozen=True)
class ClassRow:
    """One class, label or number.

    Args:
        name: Of it.
        examples: How many have it.
        scores: Of each artifact; None where there is none.
        intervals: Their 95 % intervals; None where there is none.
        p_values: Of each artifact beside the first, of all classes and artifacts together (Holm); None where the score
            is no mean over examples, so that nothing is tested.
    """

    name: str
    examples: int
    scores: tuple[float | None, ...]
    intervals: tuple[Interval | None, ...]
    p_values: tuple[float | None, ...]

    @property
    def differences(self) -> tuple[float | None, ...]:
        """How much more each artifact but the first has than the first."""
        first = self.scores[0]
        return tuple(None if first is None or each is None else each - first for each in self.scores[1:])

    def as_dict(self) -> JsonObject:
        """Returns it as a value for JSON."""
        return {
            "name": self.name,
            "examples": self.examples,
            "scores": list(self.scores),
            "differences": list(self.differences),
            "adjusted_p_values": list(self.p_values),
        }


def class_rows(evaluations: Sequence[Evaluation]) -> tuple[ClassRow, ...]:
    """Returns a row for each class, in the order of the first evaluation.

    Args:
        evaluations: On the same examples, with the same classes; both in any order.
    """
    first = evaluations[0].of_classes
    each = [{one.name: one for one in evaluation.of_classes} for evaluation in evaluations]
    tested = [
        (one.name, place, _p_value(evaluations[0], one, evaluations[place], each[place][one.name]))
        for one in first
        for place in range(1, len(evaluations))
    ]
    there = [(name, place, p) for name, place, p in tested if p is not None]
    adjusted = holm([p for _, _, p in there])
    found = {(name, place): p for (name, place, _), p in zip(there, adjusted, strict=True)}
    return tuple(
        ClassRow(
            one.name,
            one.examples,
            tuple(named[one.name].score for named in each),
            tuple(named[one.name].interval for named in each),
            tuple(found.get((one.name, place)) for place in range(1, len(evaluations))),
        )
        for one in first
    )


def _p_value(first: Evaluation, one: OfClass, second: Evaluation, other: OfClass) -> float | None:
    """Returns the p-value of the difference on a class, None where its score is no mean over examples."""
    if one.rows is None or one.values is None or other.rows is None or other.values is None:
        return None
    theirs = dict(zip((second.ids[row] for row in other.rows), other.values, strict=True))
    values = np.array([theirs[first.ids[row]] for row in one.rows])
    units = None if first.units is None else first.units.numbers[one.rows]
    return compare_pair(one.values, values, units=units).p_value
