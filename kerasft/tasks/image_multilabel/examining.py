"""Examining images with several labels: read as training reads them, then looked at."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

from kerasft.base.wording import plural
from kerasft.contract.examination import Examination
from kerasft.contract.findings import Diagnosis
from kerasft.data.recognising import likelihood_of_table
from kerasft.data.samples import sample_of
from kerasft.data.splitting import find_copies
from kerasft.data.suspects import IMAGES
from kerasft.inputs.images import recognising
from kerasft.inputs.images.backbones.catalog import find
from kerasft.inputs.images.columns import ImageColumns
from kerasft.inputs.images.examining import look_at_images
from kerasft.inputs.images.features import frozen_features
from kerasft.inputs.images.rows import rows_of
from kerasft.targets.labels.examining import count_labels, label_findings, missing_finding, suspected_finding
from kerasft.targets.labels.kind import LABELS
from kerasft.targets.labels.recognising import looks_like_labels
from kerasft.targets.labels.schema import Labels
from kerasft.tasks.image_multilabel.sample import NAME, write_several_digits


def likelihood(wish: Examination) -> float:
    """Returns how likely data is of images with several labels: those of a table are, if some have none or several."""

    def fits(path: Path) -> bool:
        rows = rows_of(path, ImageColumns(wish.image, wish.label, wish.suffix), wish.data_dir, LABELS)
        listed = {(row.path, str(row.label)) for row in rows}
        again = len(listed) > len({row.path for row in rows})  # an image with another label in another row
        return again or looks_like_labels(row.label for row in rows)

    return likelihood_of_table(wish, NAME, recognising.likelihood, fits)


def examine(wish: Examination) -> Diagnosis:
    """Examines images with several labels.

    Raises:
        InputError: The images can't be listed, a label can't be read, or the backbone can't be used.
    """
    if sample_of(str(wish.source), (NAME,)):
        wish = replace(wish, source=write_several_digits())
    entry = find(wish.backbone or "starter")
    image_size = wish.image_size or (64 if entry.source == "starter" else entry.image_size)
    found = look_at_images(wish, LABELS, image_size)
    items, schema = found.loaded.items, cast(Labels, found.listing.schema)
    title = f"{wish.source}: {plural(len(items), 'image')} with {schema}"
    if not items:
        return Diagnosis(title, tuple(found.files), count_labels(items, schema))
    findings = [*found.files, *label_findings(items, schema, "image"), *found.rest]
    findings.append(missing_finding(found.near, items, "image"))
    if wish.suspect_labels:
        features = frozen_features(found.loaded.store, entry.name, image_size, wish.weights)
        kept = find_copies(items, found.loaded.keys).keep
        findings.append(suspected_finding(features, items, schema, kept, entry.name, wish.seed, IMAGES))
    return Diagnosis(title, tuple(findings), count_labels(items, schema), found.loaded.store)
