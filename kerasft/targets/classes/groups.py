"""Metrics per group: whether a model is as good for all whom it is meant for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from kerasft.base.errors import InputError, Problem
from kerasft.base.json_values import JsonObject
from kerasft.base.printable import shown
from kerasft.base.statistics import Interval
from kerasft.contract.units import Units
from kerasft.targets.classes.evaluation import ClassEvaluation

NO_GROUP = "(no group)"
MOST_GROUPS = 100
FEWEST_EXAMPLES = 10  # a group with fewer is shown, and its score is too much of chance to be called a gap


@dataclass(frozen=True)
class Group:
    """The scores of one group.

    Args:
        name: The value in the column.
        count: Its test examples.
        accuracy: Share of right answers, with its 95 % interval: see `kerasft.base.statistics.Interval.of_mean`.
        macro_f1: Mean F1 over the classes that the group has examples of.
        confidence: Mean probability of the answers.
    """

    name: str
    count: int
    accuracy: Interval
    macro_f1: float
    confidence: float


@dataclass(frozen=True)
class Gap:
    """The largest difference of accuracy between two groups of at least 10 examples.

    Args:
        best: The group with the highest accuracy.
        worst: The one with the lowest.
        difference: Of their accuracies, with its 95 % interval (Newcombe 1998).
    """

    best: Group
    worst: Group
    difference: Interval

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.difference.low > 0


@dataclass(frozen=True)
class Groups:
    """All groups of a column, the weakest first, and the largest gap; None where fewer than two are large enough."""

    column: str
    groups: tuple[Group, ...]
    gap: Gap | None

    def as_dict(self) -> JsonObject:
        """Returns them as a value for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        lines = [
            f"{shown(each.name)}: accuracy {each.accuracy.value:.4f} of {each.count}" for each in self.groups
        ]
        if self.gap is not None:
            between = f"{shown(self.gap.best.name)} and {shown(self.gap.worst.name)}"
            difference = self.gap.difference
            lines.append(
                f"largest gap: {difference.value:.4f} between {between} "
                f"(95 %: {difference.low:.4f} to {difference.high:.4f})"
            )
        return "\n".join(lines)


def compare_groups(evaluation: ClassEvaluation, names: Sequence[str], column: str) -> Groups:
    """Scores each group by itself.

    Args:
        evaluation: On the test split; where it has units, these are drawn for the intervals, not the examples.
        names: The group of each example, in the same order; those without one, "", are in "(no group)".
        column: What the groups are called.

    Raises:
        InputError: There are more than 100 groups: the column holds no groups.
    """
    from sklearn.metrics import f1_score

    named = np.asarray([name or NO_GROUP for name in names], dtype=object).astype(str)
    values, members = np.unique(named, return_inverse=True)
    if len(values) > MOST_GROUPS:
        what = f"the column has {len(values)} different values, so it holds no groups (at most {MOST_GROUPS})"
        raise InputError(Problem(what, column, "give another column with --group"))
    right, confidence = evaluation.right.astype("float64"), evaluation.confidence
    groups = []
    for index, name in enumerate(values):
        rows = members == index
        count, labels = int(rows.sum()), evaluation.labels[rows]
        accuracy = Interval.of_mean(right[rows], units=_several(evaluation.units, rows))
        f1 = f1_score(
            labels, evaluation.predictions[rows], labels=np.unique(labels), average="macro", zero_division=0
        )
        groups.append(Group(str(name), count, accuracy, float(f1), float(confidence[rows].mean())))
    groups.sort(key=lambda each: (each.accuracy.value, each.name))
    return Groups(column, tuple(groups), _largest_gap(groups))


def _largest_gap(groups: list[Group]) -> Gap | None:
    large = [each for each in groups if each.count >= FEWEST_EXAMPLES and each.name != NO_GROUP]
    if len(large) < 2:
        return None
    worst, best = large[0], large[-1]
    return Gap(best, worst, best.accuracy.minus(worst.accuracy))


def _several(units: Units | None, rows: np.ndarray) -> np.ndarray | None:
    """Returns the units of some examples; None where there is only one: then only its examples can be drawn."""
    numbers = None if units is None else units.numbers[rows]
    return numbers if numbers is not None and len(np.unique(numbers)) > 1 else None
