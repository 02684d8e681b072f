"""Checks of masks: how common each class is, where it is missing, masks of one class, pixels that don't count."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kerasft.base.wording import plural
from kerasft.contract.findings import ClassCount, Finding, Suspect
from kerasft.data.class_findings import absent_finding, count_classes, few_finding
from kerasft.data.listing import Labelled
from kerasft.targets.masks.schema import IGNORED, StoredMasks

RARE = 0.001  # of the pixels
MOSTLY = 0.5  # of the pixels that don't count


def mask_findings(
    items: Sequence[Labelled], schema: StoredMasks, noun: str
) -> tuple[list[Finding], tuple[ClassCount, ...]]:
    """Returns the findings on the masks of examples, of which there is one at least, and the counts of the classes."""
    masks = schema.column(item.label for item in items)
    present = schema.present(masks)
    counts = count_classes(items, present, schema.class_names)
    pixels = np.bincount(masks.ravel(), minlength=256)
    findings = [
        few_finding(counts, noun),
        absent_finding(counts, noun),
        _shares(pixels[: len(schema.class_names)], schema),
        _single(items, present, schema, noun),
        _ignored(pixels, schema),
    ]
    return findings, counts


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
