"""Checks of numbers: how they lie, and those that are far from all others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kerasft.base.wording import plural
from kerasft.contract.findings import Finding, Suspect
from kerasft.data.listing import Labelled
from kerasft.targets.numbers.schema import looks_like_classes

FAR = 6.0  # robust deviations from the median
_NORMAL = 1.4826  # a normal distribution's standard deviation, in median absolute deviations


def number_findings(items: Sequence[Labelled], noun: str) -> list[Finding]:
    """Returns the findings on the numbers of examples, of which there is one at least."""
    values = np.array([float(item.label) for item in items])
    return [_spread(values), _outliers(values, items, noun)]


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
    """Looks by median and median absolute deviation, which outliers hardly move (Leys et al. 2013)."""
    middle = float(np.median(values))
    deviation = _NORMAL * float(np.median(np.abs(values - middle)))
    if not deviation:
        what = f"not looked at: half of the numbers or more are {middle:.4g}"
        return Finding("outliers", "note", what)
    far = np.abs(values - middle) / deviation
    rows = [int(row) for row in np.argsort(-far, kind="stable") if far[row] > FAR]
    if not rows:
        return Finding(
            "outliers", "ok", f"none: the farthest is {far.max():.1f} robust deviations from the median"
        )
    suspects = tuple(
        Suspect(items[row].id, f"{far[row]:.0f} robust deviations from the median", items[row].label, row=row)
        for row in rows
    )
    what = f"{plural(len(rows), noun)} with a number beyond {FAR:g} robust deviations from the median, {middle:.4g}"
    next_step = "look at them: a slip of the pen or another unit would weigh most, since errors are squared"
    return Finding("outliers", "warn", what, next_step, suspects)
