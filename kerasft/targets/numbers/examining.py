"""Checks of numbers: how they lie, and those that are far from all others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from kerasft.base.wording import plural
from kerasft.contract.findings import Finding, Suspect
from kerasft.data.listing import Labelled
from kerasft.targets.numbers.outliers import FAR, far_rows, robust_distances
from kerasft.targets.numbers.schema import Numbers, looks_like_classes

_TIED = 0.999  # correlation from which on two numbers say the same


def number_findings(items: Sequence[Labelled], schema: Numbers, noun: str) -> list[Finding]:
    """Returns the findings on the numbers of examples, of which there is one at least."""
    values = schema.column(item.label for item in items).reshape(len(items), -1)
    findings = []
    for place, name in enumerate(schema.numbers):
        column = values[:, place]
        found = [_spread(column), _outliers(column, items, noun)]
        several = len(schema.numbers) > 1
        findings += [replace(each, what=f"{name}: {each.what}") if several else each for each in found]
    return [*findings, *_tied(values, schema)]


def _spread(values: np.ndarray) -> Finding:
    different = len(np.unique(values))
    what = (
        f"from {values.min():.4g} to {values.max():.4g}, half of them from {np.percentile(values, 25):.4g} to "
        f"{np.percentile(values, 75):.4g}; {plural(different, 'different number')}"
    )
    if looks_like_classes(values):
        return Finding("numbers", "warn", what, "if they are classes, train a classifier")
    return Finding("numbers", "ok", what)


def _outliers(values: np.ndarray, items: Sequence[Labelled], noun: str) -> Finding:
    middle, far = float(np.median(values)), robust_distances(values)
    if far is None:
        what = f"not looked at: half of the numbers or more are {middle:.4g}"
        return Finding("outliers", "note", what)
    rows = [int(row) for row in far_rows(values)]
    if not rows:
        what = f"none: the farthest is {far.max():.1f} robust deviations from the median"
        return Finding("outliers", "ok", what)
    suspects = tuple(
        Suspect(
            items[row].id,
            f"{far[row]:.0f} robust deviations from the median",
            repr(float(values[row])),
            row=row,
        )
        for row in rows
    )
    what = f"{plural(len(rows), noun)} with a number beyond {FAR:g} robust deviations from the median, {middle:.4g}"
    next_step = (
        "look at them: a slip of the pen or another unit would weigh most, since errors are squared; where they are "
        "right, --loss huber or mae heeds them less"
    )
    return Finding("outliers", "warn", what, next_step, suspects)


def _tied(values: np.ndarray, schema: Numbers) -> list[Finding]:
    """Says which two numbers are the same but for their unit: one of them would do."""
    with np.errstate(divide="ignore", invalid="ignore"):
        related = np.abs(np.atleast_2d(np.corrcoef(values, rowvar=False)))
    pairs = [
        f"{schema.numbers[i]} and {schema.numbers[j]}"
        for i in range(len(related))
        for j in range(i)
        if len(values) > 2 and related[i, j] >= _TIED
    ]
    if not pairs:
        return []
    what = f"two numbers rise and fall together, as if one were the other in another unit: {', '.join(pairs)}"
    return [Finding("numbers", "note", what, "leave one of them out of --label")]
