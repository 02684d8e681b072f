"""Examining images in classes with an order: read as training reads them, then looked at."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from kerasft.base.wording import plural
from kerasft.contract.examination import Examination
from kerasft.contract.findings import Diagnosis
from kerasft.data.samples import sample_of
from kerasft.data.splitting import find_copies
from kerasft.data.suspects import judged_labels
from kerasft.inputs.images import recognising
from kerasft.inputs.images.backbones.catalog import find
from kerasft.inputs.images.examining import look_at_images
from kerasft.inputs.images.features import frozen_features
from kerasft.targets.classes.examining import class_findings, count_classes, label_indexes
from kerasft.targets.order.examining import gap_finding, judged_findings, likelihood_of_order
from kerasft.targets.order.kind import OrderTargets
from kerasft.targets.order.schema import Order
from kerasft.tasks.image_ordinal.sample import GRADES, NAME, write_crowds


def likelihood(wish: Examination) -> float:
    """Returns how likely data is of images in classes with an order: the sample data, or where an order is given."""
    return likelihood_of_order(wish, NAME, recognising.likelihood)


def examine(wish: Examination) -> Diagnosis:
    """Examines images in classes with an order.

    Raises:
        InputError: The images can't be listed, the order can't be used, or the backbone can't be.
    """
    if sample_of(str(wish.source), (NAME,)):
        wish = replace(wish, source=write_crowds(), order=wish.order or tuple(GRADES))
    entry = find(wish.backbone or "starter")
    image_size = wish.image_size or (64 if entry.source == "starter" else entry.image_size)
    found = look_at_images(wish, OrderTargets(wish.order), image_size)
    items, schema = found.loaded.items, cast(Order, found.listing.schema)
    names = schema.class_names
    classes, title = count_classes(items, names), f"{wish.source}: {plural(len(items), 'image')} of {schema}"
    if not items:
        return Diagnosis(title, tuple(found.files), classes)
    findings = [*found.files, *class_findings(classes, "image"), *gap_finding(names, "image"), *found.rest]
    if wish.suspect_labels:
        kept = find_copies(items, found.loaded.keys).keep  # a copy in another fold would give its label away
        features = frozen_features(found.loaded.store[kept], entry.name, image_size, wish.weights)
        judged = judged_labels(features, label_indexes(items, names)[kept], wish.seed)
        findings += judged_findings(judged, items, names, kept, entry.name)
    return Diagnosis(title, tuple(findings), classes, found.loaded.store)
