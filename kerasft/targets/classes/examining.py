"""Checks of classes that images and texts share: their sizes, and labels that are probably wrong."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kerasft.base.wording import plural
from kerasft.contract.findings import ClassCount, Finding, Suspect
from kerasft.contract.splits import SPLITS
from kerasft.data.listing import Labelled
from kerasft.data.suspects import Suspicion
from kerasft.targets.classes.schema import Classes

TINY = 20
LEAST_AGREEMENT = 0.6  # of a judge: TF-IDF, with 67 % on the sample messages, finds half of the wrong labels
_IMBALANCE = 3


def count_classes(items: Sequence[Labelled], names: tuple[str, ...]) -> tuple[ClassCount, ...]:
    """Counts the examples of each class and split."""
    splits = [name for name in (*SPLITS, "") if any(item.split == name for item in items)]
    counts = {name: dict.fromkeys(splits, 0) for name in names}
    for item in items:
        counts[item.label][item.split] += 1
    return tuple(ClassCount(name, counts[name]) for name in names)


def class_findings(classes: tuple[ClassCount, ...], noun: str) -> list[Finding]:
    """Returns the findings on tiny and on unequal classes; only what may be trained on counts."""
    sizes = {each.name: each.counts.get("train", 0) + each.counts.get("", 0) for each in classes}
    tiny = [
        Suspect(name, plural(size, noun)) for name, size in sorted(sizes.items(), key=lambda each: each[1])
    ]
    tiny = [suspect for suspect in tiny if sizes[suspect.id] < TINY]
    few = Finding("class sizes", "ok", f"every class has {min(sizes.values(), default=0)} or more")
    if tiny:
        what = f"{plural(len(tiny), 'class')} of fewer than {TINY} {noun}s to train on"
        few = Finding("class sizes", "warn", what, "collect more, or join classes", tuple(tiny))
    least, most = min(sizes, key=lambda name: sizes[name]), max(sizes, key=lambda name: sizes[name])
    balance = f"from {sizes[least]} ({least}) to {sizes[most]} ({most})"
    if sizes[most] == sizes[least]:
        return [few, Finding("balance", "ok", f"every class has {sizes[most]}")]
    if sizes[most] < _IMBALANCE * sizes[least]:
        return [few, Finding("balance", "ok", balance)]
    next_step = "train with --class-weight auto to make up for it; read macro F1 and not accuracy alone"
    return [few, Finding("balance", "warn", balance, next_step)]


def label_finding(
    suspicions: Sequence[Suspicion],
    agreement: float,
    items: Sequence[Labelled],
    names: tuple[str, ...],
    by: str,
    judged: int,
    distinct: int,
) -> Finding:
    """Returns the finding on labels that are probably wrong.

    Args:
        suspicions: The worst first.
        agreement: Share of the judged labels that the judge agrees with.
        items: All examples.
        names: The classes.
        by: The judge.
        judged: How many examples it was asked about.
        distinct: How many there are without copies.
    """
    if not judged:
        return Finding(
            "labels", "note", "not looked at: that takes two classes with two different examples each"
        )
    part = f"; {judged:,} of {distinct:,} were looked at" if judged < distinct else ""
    if not suspicions:
        level = "note" if part else "ok"
        return Finding("labels", level, f"none is suspected ({by} agrees with {agreement:.1%}){part}")
    if agreement < LEAST_AGREEMENT:
        what = f"not judged: {by} agrees with {agreement:.1%} of the labels, too few to say which are wrong{part}"
        return Finding(
            "labels", "note", what, "let another --backbone judge; if it does no better, look at the labels"
        )
    suspects = tuple(
        Suspect(
            items[each.row].id,
            f"looks like {names[each.claimed]} ({each.claimed_probability:.2f} against {each.label_probability:.2f})",
            items[each.row].label,
            number,
            each.row,
        )
        for number, each in enumerate(suspicions)
    )
    share = len(suspects) / len(items)
    what = f"{plural(len(suspects), 'label')} of {len(items)} suspected ({share:.1%}; {by} agrees with {agreement:.1%})"
    what += part
    level = "warn" if share >= 0.01 else "note"
    return Finding(
        "labels", level, what, "look at them, the worst first, before you believe either", suspects
    )


def label_indexes(items: Sequence[Labelled], names: tuple[str, ...]) -> np.ndarray:
    """Returns the labels as indexes into the class names, int32 (n,)."""
    return Classes(names).column(item.label for item in items)
