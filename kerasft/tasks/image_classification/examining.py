"""Examining images: read as training reads them, then looked at."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np

from kerasft.base.wording import plural
from kerasft.contract.examination import Examination
from kerasft.contract.findings import Diagnosis, Finding, Suspect
from kerasft.data.given import Given
from kerasft.data.group_column import used_columns
from kerasft.data.group_findings import group_finding
from kerasft.data.listing import Listing
from kerasft.data.splitting import find_copies
from kerasft.inputs.images.backbones.catalog import find
from kerasft.inputs.images.columns import ImageColumns
from kerasft.inputs.images.copies import near_copies
from kerasft.inputs.images.decode import BrokenImageError, resize_image
from kerasft.inputs.images.depth_notes import depth_notes
from kerasft.inputs.images.headers import Header, header_findings, read_header
from kerasft.inputs.images.loading import AUTO, load
from kerasft.inputs.images.sources import list_source
from kerasft.targets.classes.examining import (
    class_findings,
    copy_findings,
    count_classes,
    label_finding,
    label_indexes,
    near_finding,
    split_finding,
)
from kerasft.targets.classes.kind import CLASSES
from kerasft.targets.classes.suspects import rows_judged, suspected_labels

_BATCH = 64


def examine_images(wish: Examination) -> Diagnosis:
    """Examines images.

    Raises:
        InputError: The images can't be listed, or the backbone can't be used.
    """
    entry = find(wish.backbone or "starter")
    image_size = wish.image_size or (64 if entry.source == "starter" else entry.image_size)
    columns = ImageColumns(wish.image, wish.label, wish.suffix)
    listing = list_source(Given(wish.source, data_dir=wish.data_dir), CLASSES, columns=columns)
    loaded = load(listing, image_size, bit_depth=AUTO, progress=wish.progress)
    items, names = loaded.items, listing.schema.class_names
    headers = _headers(listing, {name for name, _ in loaded.broken})
    classes = count_classes(items, names)
    findings = [Finding("reading", "note", note) for note in listing.notes]
    findings += [Finding("bits", "warn", note) for note in depth_notes(loaded)]
    findings += [_broken(loaded.broken, len(items)), *header_findings(headers, image_size)]
    if items:
        findings += [*class_findings(classes, "image"), *copy_findings(items, loaded.keys, "image")]
        skipped: list[int] = []
        groups = near_copies(loaded.store, skipped)
        findings.append(near_finding(groups, items, loaded.keys, "image", sum(skipped)))
        used = {*names, *used_columns({"columns": vars(columns)})}
        given = listing.given_splits
        findings.append(group_finding(listing.header, used, items, len(names), given, "image"))
        findings.append(split_finding(items, loaded.keys, names, listing.given_splits, "image"))
    if items and wish.suspect_labels:
        kept = find_copies(items, loaded.keys).keep  # a copy in another fold would give its label away
        features = frozen_features(loaded.store[kept], entry.name, image_size, wish.weights)
        suspicions, agreement = suspected_labels(features, label_indexes(items, names)[kept], wish.seed)
        suspicions = [replace(each, row=kept[each.row]) for each in suspicions]
        judged = rows_judged(label_indexes(items, names)[kept])
        findings.append(label_finding(suspicions, agreement, items, names, entry.name, judged, len(kept)))
    title = f"{wish.source}: {plural(len(items), 'image')} of {plural(len(names), 'class')}"
    return Diagnosis(title, tuple(findings), classes, loaded.store)


def frozen_features(images: np.ndarray, backbone: str, image_size: int, weights: str | None) -> np.ndarray:
    """Returns what a frozen backbone makes of images.

    Args:
        images: uint8 (n, image_size, image_size, 3).
        backbone: A name of the catalogue. `starter` sees the images at the size it was pretrained with.
        image_size: Side of the images, in pixels.
        weights: "pretrained" or a weights file.

    Returns:
        float32 (n, channels).
    """
    import keras

    from kerasft.inputs.images.backbones.building import build_backbone

    size = find(backbone).image_size if backbone == "starter" else image_size
    parts = build_backbone(backbone, size, weights)
    pictures = keras.Input((size, size, 3))
    model = keras.Model(pictures, parts.pool(parts.backbone(parts.preprocess(pictures))))
    features = []
    for start in range(0, len(images), _BATCH):
        batch = [
            each if size == image_size else resize_image(each, size)
            for each in images[start : start + _BATCH]
        ]
        features.append(np.asarray(model.predict_on_batch(np.stack(batch).astype("float32"))))
    return np.concatenate(features)


def _headers(listing: Listing, broken: set[str]) -> list[tuple[str, Header]]:
    def read(item: Any) -> tuple[str, Header | None]:
        try:
            return item.id, None if item.id in broken else read_header(item.source)
        except BrokenImageError:
            return item.id, None

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return [(name, header) for name, header in pool.map(read, listing.items()) if header is not None]


def _broken(broken: list[tuple[str, str]], good: int) -> Finding:
    if not broken:
        return Finding("broken files", "ok", f"all {good} can be decoded")
    suspects = tuple(Suspect(name, reason) for name, reason in broken)
    what = f"{plural(len(broken), 'image')} of {good + len(broken)} can't be decoded"
    next_step = "repair or remove them, or leave them out: train with --skip-broken"
    return Finding("broken files", "fail", what, next_step, suspects)
