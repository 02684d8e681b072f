"""Checks of several labels: how common each is, what is always together, and labels that are probably missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from kerasft.base.wording import plural, shorten
from kerasft.contract.findings import ClassCount, Finding, Suspect
from kerasft.contract.splits import SPLITS
from kerasft.data.listing import Labelled
from kerasft.data.suspects import FOLDS, suspected_labels
from kerasft.targets.labels.schema import MOST_COMPARED, Labels
from kerasft.targets.labels.spelling import names_in

MOST_JUDGED = 50  # labels, the most common ones
if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

FEW = 20  # examples with a label, or without it
RARE = 0.05  # of the examples
_CHANCE = 0.01  # of any implication where labels have nothing to do with each other


def count_labels(items: Sequence[Labelled], schema: Labels) -> tuple[ClassCount, ...]:
    """Counts the examples with each label in each split."""
    splits = [name for name in (*SPLITS, "") if any(item.split == name for item in items)]
    counts = {name: dict.fromkeys(splits, 0) for name in schema.class_names}
    for item in items:
        for name in names_in(item.label):
            counts[name][item.split] += 1
    return tuple(ClassCount(name, each) for name, each in counts.items())


def label_findings(items: Sequence[Labelled], schema: Labels, noun: str) -> list[Finding]:
    """Returns the findings on the labels of examples, of which there is one at least."""
    counts, present = count_labels(items, schema), schema.column(item.label for item in items) > 0
    return [
        _sizes(counts, len(items), noun),
        _absent(counts, noun),
        _balance(present, schema, noun),
        _together(present, schema, noun),
        _bare(present, noun),
    ]


def _sizes(counts: Sequence[ClassCount], total: int, noun: str) -> Finding:
    sizes = {each.name: each.counts.get("train", 0) + each.counts.get("", 0) for each in counts}
    few = sorted((name for name in sizes if sizes[name] < FEW), key=lambda name: sizes[name])
    if not few:
        return Finding("label sizes", "ok", f"every label is on {min(sizes.values(), default=0)} or more")
    what = f"{plural(len(few), 'label')} of {len(sizes)} on fewer than {FEW} {noun}s to train on"
    suspects = tuple(Suspect(name, plural(sizes[name], noun)) for name in few)
    return Finding("label sizes", "warn", what, "collect more, or leave the label out", suspects)


def _absent(counts: Sequence[ClassCount], noun: str) -> Finding:
    """Looks at given splits: a label that one lacks has no score there."""
    suspects = tuple(
        Suspect(each.name, f"on no {noun} of {' and '.join(lacking)}")
        for each in counts
        if (lacking := [split for split, count in each.counts.items() if split and not count])
    )
    if not suspects:
        return Finding("absent labels", "ok", "none")
    what = f"{plural(len(suspects), 'label')} of {len(counts)} that a given split lacks"
    return Finding(
        "absent labels", "warn", what, "add some there: without them a label has no score", suspects
    )


def _balance(present: np.ndarray, schema: Labels, noun: str) -> Finding:
    shares, names = present.mean(axis=0), schema.class_names
    least, most = int(shares.argmin()), int(shares.argmax())
    what = (
        f"from {shares[least]:.1%} ({names[least]}) to {shares[most]:.1%} ({names[most]}) of the {noun}s; "
        f"{present.sum(axis=1).mean():.2g} labels each"
    )
    if always := [name for name, share in zip(names, shares, strict=True) if share == 1]:
        step = "leave it out, or collect others without it"
        return Finding(
            "balance", "warn", f"{what}; all have {shorten(always)}: nothing can be learned of that", step
        )
    if shares[least] >= RARE:
        return Finding("balance", "ok", what)
    step = "train with --class-weight auto to make up for it; read macro F1 and average precision"
    return Finding("balance", "note", what, step)


def _together(present: np.ndarray, schema: Labels, noun: str) -> Finding:
    """Looks for pairs of labels of which one never comes without the other, as chance would hardly have it."""
    names = schema.class_names[:MOST_COMPARED]
    both = present[:, : len(names)].astype("float64")
    counts, shares = both.T @ both, both.mean(axis=0)
    own = counts.diagonal()
    pairs = len(names) * (len(names) - 1)
    same, implied = [], []
    for i, j in np.argwhere((counts == own[:, None]) & (own[:, None] > 0)).tolist():
        if i == j or shares[j] == 1 or shares[j] ** own[i] * pairs > _CHANCE:
            continue
        if own[i] < own[j]:
            implied.append(Suspect(names[i], f"never without {names[j]} ({plural(int(own[i]), noun)})"))
        elif i < j:
            same.append(Suspect(names[i], f"always with {names[j]}, and the other way round"))
    if same:
        what = (
            f"{plural(len(same), 'pair')} of labels that are always together: a model can't tell them apart"
        )
        step = "keep one of them, or look for what should have only one"
        return Finding("together", "warn", what, step, (*same, *implied))
    if implied:
        what = f"{plural(len(implied), 'label')} never without another one"
        step = "fine if one is a kind of the other; else look for labels that were added by mistake"
        return Finding("together", "note", what, step, tuple(implied))
    return Finding("together", "ok", "no two labels are always together, and none is never without another")


def _bare(present: np.ndarray, noun: str) -> Finding:
    bare = int((~present.any(axis=1)).sum())
    if not bare:
        return Finding("no label", "ok", f"every {noun} has a label")
    what = f"{plural(bare, noun)} of {len(present)} ({bare / len(present):.1%}) without a label"
    step = "that says: none is there; leave out those that nobody has labelled"
    return Finding("no label", "note", what, step)


def suspected_finding(
    features: np.ndarray | csr_matrix,
    items: Sequence[Labelled],
    schema: Labels,
    kept: Sequence[int],
    by: str,
    seed: int,
    strength: float,
) -> Finding:
    """Returns the finding on labels that are probably wrong: each is looked at as two classes, with and without it.

    Args:
        features: (n, channels) of all examples, dense or sparse.
        items: All examples, n.
        schema: The labels.
        kept: The rows that are no copies of others: one in another fold would give its label away.
        by: The judge.
        seed: Of the folds.
        strength: See `kerasft.data.suspects`.
    """
    rows = np.array(kept, int)
    present = schema.column(items[row].label for row in rows) > 0
    counts = np.minimum(present.sum(axis=0), (~present).sum(axis=0))
    judged = [int(k) for k in np.argsort(-counts, kind="stable")[:MOST_JUDGED] if counts[k] >= FOLDS]
    if not judged:
        return Finding("labels", "note", f"not looked at: no label is on {FOLDS} and lacks on {FOLDS}")
    found, agreements = [], []
    for k in judged:
        suspicions, agreement = suspected_labels(features[rows], present[:, k].astype(int), seed, strength)
        agreements.append(agreement)
        found += [
            (each.claimed_probability - each.label_probability, k, each)
            for each in suspicions
            if each.claimed_probability > each.label_probability
        ]
    agrees = f"{by} agrees with {np.mean(agreements):.1%}"
    part = "" if len(judged) == len(counts) else f"; {len(judged)} of {len(counts)} labels were looked at"
    if not found:
        return Finding("labels", "note" if part else "ok", f"none is suspected ({agrees}){part}")
    suspects = tuple(
        Suspect(
            items[row := int(rows[each.row])].id,
            f"{'lacks' if each.claimed else 'should not have'} {schema.class_names[k]} "
            f"({each.claimed_probability:.2f} against {each.label_probability:.2f})",
            items[row].label,
            number,
            row,
        )
        for number, (_, k, each) in enumerate(sorted(found, key=lambda each: -each[0]))
    )
    lacking = sum(each.claimed for _, _, each in found)
    what = (
        f"{plural(len(found), 'label')} of {present.size} suspected: {lacking} missing, "
        f"{len(found) - lacking} too many ({agrees}){part}"
    )
    level = "warn" if len(found) >= 0.01 * present.size else "note"
    return Finding(
        "labels", level, what, "look at them, the worst first, before you believe either", suspects
    )


def missing_finding(groups: Sequence[Sequence[int]], items: Sequence[Labelled], noun: str) -> Finding:
    """Returns the finding on labels that near copies have and an example lacks.

    Args:
        groups: Rows that are nearly the same.
        items: All examples.
        noun: What they are.
    """
    suspects = []
    for number, rows in enumerate(groups):
        sets = {row: set(names_in(items[row].label)) for row in rows}
        everything = set().union(*sets.values())
        for row, own in sets.items():
            if lacking := sorted(everything - own):
                other = next(items[each].id for each in rows if sets[each] & set(lacking))
                why = f"without {shorten(lacking, 3)}, which the near copy {other} has"
                suspects.append(Suspect(items[row].id, why, items[row].label, number, row))
    if not suspects:
        return Finding(
            "missing labels", "ok", f"near copies have the same labels ({plural(len(groups), 'group')})"
        )
    what = f"{plural(len(suspects), noun)} without a label that a near copy has"
    step = "look at both: labels that were forgotten teach that nothing is there"
    return Finding("missing labels", "warn", what, step, tuple(suspects))
