"""Checks of examples that are of several classes at once, as images with masks or boxes are: how many have each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kerasft.base.wording import plural
from kerasft.contract.findings import ClassCount, Finding, Suspect
from kerasft.contract.splits import SPLITS
from kerasft.data.listing import Labelled

FEW = 20  # images with a class


def count_classes(
    items: Sequence[Labelled], present: np.ndarray, names: Sequence[str]
) -> tuple[ClassCount, ...]:
    """Counts the images with each class in each split, of bool (n, classes)."""
    splits = [name for name in (*SPLITS, "") if any(item.split == name for item in items)]
    of_split = np.array([item.split for item in items])
    return tuple(
        ClassCount(name, {split: int(present[of_split == split, place].sum()) for split in splits})
        for place, name in enumerate(names)
    )


def few_finding(counts: Sequence[ClassCount], noun: str) -> Finding:
    """Returns the finding on classes that few examples to train on have."""
    sizes = {each.name: each.counts.get("train", 0) + each.counts.get("", 0) for each in counts}
    few = sorted((name for name in sizes if sizes[name] < FEW), key=lambda name: sizes[name])
    if not few:
        return Finding("class sizes", "ok", f"every class is in {min(sizes.values())} or more {noun}s")
    what = f"{plural(len(few), 'class')} of {len(sizes)} in fewer than {FEW} {noun}s to train on"
    suspects = tuple(Suspect(name, f"in {plural(sizes[name], noun)}") for name in few)
    return Finding("class sizes", "warn", what, "collect more, or join classes", suspects)


def absent_finding(counts: Sequence[ClassCount], noun: str) -> Finding:
    """Returns the finding on classes that a given split lacks."""
    suspects = tuple(
        Suspect(each.name, f"in no {noun} of {' and '.join(lacking)}")
        for each in counts
        if (lacking := [split for split, count in each.counts.items() if split and not count])
    )
    if not suspects:
        return Finding("absent classes", "ok", "none")
    what = f"{plural(len(suspects), 'class')} of {len(counts)} that a given split lacks"
    return Finding(
        "absent classes", "warn", what, "add some there: without them a class has no score", suspects
    )
