"""Whether examples seem to belong together, several of one patient, customer or video."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from kerasft.contract.findings import Finding
from kerasft.data.group_column import column_hint, names_hint
from kerasft.data.listing import Labelled

CHECK = "groups"


def group_finding(
    header: Sequence[str],
    used: Collection[str],
    items: Sequence[Labelled],
    class_count: int,
    given: Collection[str],
    noun: str,
) -> Finding:
    """Returns the finding on a column, or on file names, that may say what belongs together.

    Args:
        header: The columns of a table.
        used: Those that hold texts, images or labels, and names of classes.
        items: The examples.
        class_count: How many classes there are.
        given: The splits that the data brings.
        noun: What the examples are.
    """
    hint = column_hint(header, used) or names_hint([item.id for item in items], class_count, noun)
    if hint is None:
        looked_at = "column" if header else "file name"
        return Finding(
            CHECK, "ok", f"no {looked_at} looks like one of patients, customers, videos or the like"
        )
    train = f"train with {hint.flag.rstrip(',')}"
    if {"validation", "test"} <= set(given):
        return Finding(
            CHECK, "note", hint.what, f"{train}: it refuses a group that is in two of the given splits"
        )
    what = f"{hint.what}; drawn one by one, a group is in training and test, and the score is too high"
    return Finding(CHECK, "warn", what, f"{train}: it {hint.effect}")
