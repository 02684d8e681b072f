"""Examining images of classes: read as training reads them, then looked at."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from kerasft.base.wording import plural
from kerasft.contract.examination import Examination
from kerasft.contract.findings import Diagnosis
from kerasft.data.splitting import find_copies
from kerasft.data.suspects import rows_judged, suspected_labels
from kerasft.inputs.images.backbones.catalog import find
from kerasft.inputs.images.examining import look_at_images
from kerasft.inputs.images.features import frozen_features
from kerasft.targets.classes.examining import class_findings, count_classes, label_finding, label_indexes
from kerasft.targets.classes.kind import CLASSES
from kerasft.targets.classes.schema import Classes


def examine_images(wish: Examination) -> Diagnosis:
    """Examines images.

    Raises:
        InputError: The images can't be listed, or the backbone can't be used.
    """
    entry = find(wish.backbone or "starter")
    image_size = wish.image_size or (64 if entry.source == "starter" else entry.image_size)
    found = look_at_images(wish, CLASSES, image_size)
    items, loaded = found.loaded.items, found.loaded
    names = cast(Classes, found.listing.schema).class_names
    classes = count_classes(items, names)
    findings = [*found.files, *(class_findings(classes, "image") if items else ()), *found.rest]
    if items and wish.suspect_labels:
        kept = find_copies(items, loaded.keys).keep  # a copy in another fold would give its label away
        features = frozen_features(loaded.store[kept], entry.name, image_size, wish.weights)
        suspicions, agreement = suspected_labels(features, label_indexes(items, names)[kept], wish.seed)
        suspicions = [replace(each, row=kept[each.row]) for each in suspicions]
        judged = rows_judged(label_indexes(items, names)[kept])
        findings.append(label_finding(suspicions, agreement, items, names, entry.name, judged, len(kept)))
    title = f"{wish.source}: {plural(len(items), 'image')} of {plural(len(names), 'class')}"
    return Diagnosis(title, tuple(findings), classes, loaded.store)
