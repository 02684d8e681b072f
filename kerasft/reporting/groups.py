"""Metrics per group: whether a model is as good for all whom it is meant for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kerasft.base.errors import InputError, Problem
from kerasft.base.shares import difference as difference_of_shares
from kerasft.data.group_column import group_names
from kerasft.reporting.intervals import Interval
from kerasft.targets.classes.evaluation import Evaluation

NO_GROUP = "(no group)"
MOST_GROUPS = 100
FEWEST_EXAMPLES = 10  # a group with fewer is shown, and its score is too much of chance to be called a gap


@dataclass(frozen=True)
class Group:
    """The scores of one group.

    Args:
        name: The value in the column.
        count: Its test examples.
        accuracy: Share of right answers, with Wilson's 95 % interval.
        macro_f1: Mean F1 over the classes that the group has examples of.
        confidence: Mean probability of the most probable class.
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


def compare_groups(evaluation: Evaluation, names: Sequence[str], column: str) -> Groups:
    """Scores each group by itself.

    Args:
        evaluation: On the test split.
        names: The group of each example, in the same order.
        column: What the groups are called.

    Raises:
        InputError: There are more than 100 groups: the column holds no groups.
    """
    from sklearn.metrics import f1_score

    values, members = np.unique(np.asarray(names, dtype=object).astype(str), return_inverse=True)
    if len(values) > MOST_GROUPS:
        what = f"the column has {len(values)} different values, so it holds no groups (at most {MOST_GROUPS})"
        raise InputError(Problem(what, column, "give another column with --group"))
    right = evaluation.labels == evaluation.predictions
    confidence = evaluation.probabilities.max(axis=1)
    groups = []
    for index, name in enumerate(values):
        rows = members == index
        count, labels = int(rows.sum()), evaluation.labels[rows]
        accuracy = Interval.of_share(int(right[rows].sum()), count)
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
    counts = [(round(each.accuracy.value * each.count), each.count) for each in (best, worst)]
    difference = best.accuracy.value - worst.accuracy.value
    return Gap(best, worst, Interval(difference, *difference_of_shares(*counts)))


def read_groups(
    group: str | Path, data: Mapping[str, Any], ids: Sequence[str]
) -> tuple[str, tuple[str, ...]]:
    """Finds the group of each test example.

    Args:
        group: A column of the table that the run was trained on, or a CSV file with the columns id and group.
        data: The run's `config["data"]`.
        ids: Of the test examples.

    Returns:
        What the groups are called, and the group of each example; those without one are in "(no group)".

    Raises:
        InputError: There is no such column or file, or it says nothing about the test examples.
    """
    name, groups = group_names(group, data, ids)
    return name, tuple(each or NO_GROUP for each in groups)
