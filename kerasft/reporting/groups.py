"""Metrics per group: whether a model is as good for all whom it is meant for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np

from kerasft.data.csv_table import MOST_ROWS
from kerasft.data.dialect import read_sheet
from kerasft.data.listing import most_problems
from kerasft.data.texts.split import TextColumns
from kerasft.data.texts.table import SUFFIXES, read_table
from kerasft.errors import InputError, Problem, did_you_mean, raise_problems
from kerasft.evaluation.metrics import Evaluation
from kerasft.reporting.intervals import Interval
from kerasft.shares import difference as difference_of_shares

NO_GROUP = "(no group)"
MOST_GROUPS = 100
FEWEST_EXAMPLES = 10  # a group with fewer is shown, and its score is too much of chance to be called a gap
_HINT = "give a column of the data's table, or a CSV file with the columns id and group, with --group"


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
    if Path(group).is_file():
        name, found = Path(group).stem, _from_file(Path(group))
    else:
        name, found = str(group), _from_column(str(group), data, ids)
    groups = tuple(found.get(each, "").strip() or NO_GROUP for each in ids)
    if set(groups) == {NO_GROUP}:
        first = f"the first id of the test split is {ids[0]!r}" if ids else ""
        raise InputError(Problem("no test example has a group there", str(group), first or _HINT))
    return name, groups


def _from_file(path: Path) -> dict[str, str]:
    header, rows = _read_csv(path)
    for name in ("id", "group"):
        if name not in header:
            raise InputError(
                Problem(f"the file of --group has no column {name!r}", f"columns {', '.join(header)}", _HINT)
            )
    return {row["id"]: row["group"] for row in rows}


def _from_column(group: str, data: Mapping[str, Any], ids: Sequence[str]) -> dict[str, str]:
    table = Path(data["source"])
    if not (table.is_file() and table.suffix.lower() in SUFFIXES):
        what = "the run's data is no table, so it has no columns"
        if group.lower().endswith(".csv"):
            what = "there is no such file of groups"
        raise InputError(Problem(what, group, _HINT))
    if "columns" in data:
        return _from_texts(group, table, data, ids)
    header, rows = _read_csv(table)
    name = group.strip().lower()
    if name not in header:
        hint = did_you_mean(name, header, _HINT)
        raise InputError(Problem(f"the table has no column {group!r} (--group)", ", ".join(header), hint))
    known, found = set(ids), {}
    for row in rows:
        path = Path(row.get("path", "").strip(" ")).as_posix()
        found[path if path in known else path.replace("\\", "/")] = row[name]
    return found


def _from_texts(group: str, table: Path, data: Mapping[str, Any], ids: Sequence[str]) -> dict[str, str]:
    columns = TextColumns(text=group, label=data["columns"]["label"])
    # The ids begin with the file's name as it was then.
    name = next(iter(ids), table.name).rsplit(":", 1)[0]
    try:
        rows = read_table(table, columns, name=name, flag="--group").rows
    except InputError as error:  # the reader takes the column for the texts'
        raise InputError(
            Problem(
                *(part.replace("--text", "--group") for part in (each.what, each.received, each.next_step))
            )
            for each in error.problems
        ) from None
    return {row.id: "" if row.text is None else str(row.text) for row in rows}


def _read_csv(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    sheet = read_sheet(path, "--group")
    raise_problems(
        most_problems(
            [
                Problem(f"line {line.number}: {line.fault}", line.received[:100], line.next_step)
                for line in sheet.lines
                if line.fault
            ],
            MOST_ROWS,
        )
    )
    header = [name.lower() for name in sheet.header]
    return header, [dict(zip_longest(header, line.cells, fillvalue="")) for line in sheet.lines]
