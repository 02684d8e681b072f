"""Checks of masks: how common each class is, where it is missing, masks of one class, pixels that don't count."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kerasft.base.wording import plural
from kerasft.contract.findings import ClassCount, Finding, Suspect
from kerasft.contract.splits import SPLITS
from kerasft.data.listing import Labelled
from kerasft.targets.masks.schema import IGNORED, StoredMasks

FEW = 20  # images with a class
RARE = 0.001  # of the pixels
MOSTLY = 0.5  # of the pixels that don't count


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


def mask_findings(
    items: Sequence[Labelled], schema: StoredMasks, noun: str
) -> tuple[list[Finding], tuple[ClassCount, ...]]:
    """Returns the findings on the masks of examples, of which there is one at least, and the counts of the classes."""
    masks = schema.column(item.label for item in items)
    present = schema.present(masks)
    counts = count_classes(items, present, schema.class_names)
    pixels = np.bincount(masks.ravel(), minlength=256)
    findings = [
        _sizes(counts, noun),
        _absent(counts, noun),
        _shares(pixels[: len(schema.class_names)], schema),
        _single(items, present, schema, noun),
        _ignored(pixels, schema),
    ]
    return findings, counts


def _sizes(counts: Sequence[ClassCount], noun: str) -> Finding:
    sizes = {each.name: each.counts.get("train", 0) + each.counts.get("", 0) for each in counts}
    few = sorted((name for name in sizes if sizes[name] < FEW), key=lambda name: sizes[name])
    if not few:
        return Finding("class sizes", "ok", f"every class is in {min(sizes.values())} or more {noun}s")
    what = f"{plural(len(few), 'class')} of {len(sizes)} in fewer than {FEW} {noun}s to train on"
    suspects = tuple(Suspect(name, f"in {plural(sizes[name], noun)}") for name in few)
    return Finding("class sizes", "warn", what, "collect more, or join classes", suspects)


def _absent(counts: Sequence[ClassCount], noun: str) -> Finding:
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


def _shares(pixels: np.ndarray, schema: StoredMasks) -> Finding:
    shares = pixels / max(int(pixels.sum()), 1)
    least, most = int(shares.argmin()), int(shares.argmax())
    names = schema.class_names
    what = f"from {shares[least]:.2%} ({names[least]}) to {shares[most]:.2%} ({names[most]}) of the pixels"
    if shares[least] >= RARE:
        return Finding("class shares", "ok", what)
    step = "train with --class-weight auto, and look at the IoU of each class"
    return Finding("class shares", "note", what, step)


def _single(items: Sequence[Labelled], present: np.ndarray, schema: StoredMasks, noun: str) -> Finding:
    """Looks for masks of one class: an empty mask is one of background, often an export that failed."""
    alone = np.flatnonzero(present.sum(axis=1) < 2)
    if not len(alone):
        return Finding("empty masks", "ok", "every mask has two classes or more")
    suspects = tuple(Suspect(items[row].id, _only(present[row], schema), row=row) for row in map(int, alone))
    what = f"{plural(len(alone), 'mask')} of {len(items)} with one class only"
    level = "warn" if len(alone) * 2 > len(items) else "note"
    return Finding("empty masks", level, what, f"check that these {noun}s show nothing else", suspects)


def _only(present: np.ndarray, schema: StoredMasks) -> str:
    return f"all {schema.class_names[int(present.argmax())]}" if present.any() else "no pixel counts"


def _ignored(pixels: np.ndarray, schema: StoredMasks) -> Finding:
    if schema.ignored is None:
        return Finding("ignored pixels", "ok", "every pixel counts")
    share = float(pixels[IGNORED] / max(int(pixels.sum()), 1))
    what = f"{share:.1%} of the pixels are {schema.ignored} and count for nothing"
    if share <= MOSTLY:
        return Finding("ignored pixels", "ok", what)
    return Finding("ignored pixels", "warn", what, "if it is a class, train with --ignore none")
