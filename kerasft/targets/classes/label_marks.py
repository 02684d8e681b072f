"""Labels that are more than the name of a class: those that hide the class, and those that hold several."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from kerasft.base.wording import plural, shorten
from kerasft.contract.answers import Marks
from kerasft.data.values import WORDS_FOR_NOTHING

HIDDEN = "-1"
_BARS = "|;,"


def label_marks(
    labels: Sequence[str], splits: Sequence[str], class_names: Sequence[str] | None, listed: bool, noun: str
) -> Marks:
    """Returns the rows whose label is hidden, and remarks on the labels of the others; see `Targets.marks`."""
    hidden: list[int] = []
    notes: list[str] = []
    if not listed and HIDDEN not in (class_names or ()):
        hidden = hidden_rows(labels, splits, class_names)
        if hidden:
            what = f"{plural(len(hidden), noun)} with the label {HIDDEN} left out"
            notes.append(f"{what}: it marks a hidden label, as in GLUE's test rows")
            gone = set(hidden)
            labels = [label for row, label in enumerate(labels) if row not in gone]
        notes += _class_note(labels, noun)
    several = "" if listed else several_labels(labels)
    words = sorted({label for label in labels if label.lower() in WORDS_FOR_NOTHING})
    if words:
        words = [f"read as a class, not as an empty cell: {shorten(map(repr, words), 3)}"]
    meaning = f"all labels are {HIDDEN}, which marks hidden labels"
    return Marks(hidden, meaning, [*notes, *([several] if several else []), *words])


def hidden_rows(
    labels: Sequence[str], splits: Sequence[str], class_names: Sequence[str] | None = None
) -> list[int]:
    """Returns the rows whose label is -1 for "not told", as in the test rows of GLUE, and not the name of a class.

    -1 is a class where it stands among 0 and 1, as in sentiment. It hides labels where it is the only one of a split,
    the end (or beginning) of a table that is not sorted by label, or one of -1, 0, 1, 2 and so on.

    Args:
        labels: Class names.
        splits: "train", "validation", "test" or "" for each.
        class_names: A class list that is already fixed, without -1: the label is no class then.
    """
    rows = [row for row, label in enumerate(labels) if label == HIDDEN]
    others = {label for label in labels if label != HIDDEN}
    if class_names is not None:
        return rows
    if not rows or others != {str(number) for number in range(len(others))}:
        return []
    of_splits = {
        split: {labels[row] for row in range(len(labels)) if splits[row] == split} for split in set(splits)
    }
    if any(split and found == {HIDDEN} for split, found in of_splits.items()):
        return rows
    runs = [label for label, _ in groupby(labels)]
    at_one_end = runs.count(HIDDEN) == 1 and HIDDEN in (runs[0], runs[-1])
    is_sorted = len(runs) == len(others) + 1
    return rows if len(others) != 2 or (at_one_end and not is_sorted) else []


def _class_note(labels: Sequence[str], noun: str) -> list[str]:
    """Returns a remark where -1 is read as a class beside 0, 1, ... and may not be meant as one."""
    if HIDDEN not in labels or {"0", "1"} - set(labels):
        return []
    count = sum(label == HIDDEN for label in labels)
    return [
        f"{plural(count, noun)} of the class {HIDDEN}; if it marks a hidden label, as in GLUE, remove these rows"
    ]


def several_labels(labels: Sequence[str]) -> str:
    """Returns a remark on labels that hold several, such as "rude|threat" beside "rude"; "" where none does."""
    names = set(labels)
    for bar in _BARS:
        joined = {name: [part.strip() for part in name.split(bar)] for name in names if bar in name}
        found = [
            name
            for name, parts in joined.items()
            if all(parts) and all(_is_elsewhere(part, name, bar, names) for part in parts)
        ]
        if found:
            return (
                f"labels that hold several labels (multi-label), such as {shorten(map(repr, sorted(found)), 2)}: each "
                "combination is read as a class of its own; keep one label per row, or take the recipe for several "
                "labels"
            )
    return ""


def _is_elsewhere(part: str, name: str, bar: str, names: set[str]) -> bool:
    return any(part in (each.strip() for each in other.split(bar)) for other in names if other != name)
