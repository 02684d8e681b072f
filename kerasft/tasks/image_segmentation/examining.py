"""Examining images with masks: read as training reads them, then looked at."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np

from kerasft.base.wording import plural
from kerasft.contract.examination import Examination
from kerasft.contract.findings import Diagnosis
from kerasft.data.recognising import likelihood_of_table
from kerasft.data.samples import sample_of
from kerasft.inputs.images import recognising
from kerasft.inputs.images.backbones.catalog import find
from kerasft.inputs.images.coco import coco_files, has_shapes
from kerasft.inputs.images.columns import ImageColumns
from kerasft.inputs.images.examining import look_at_images
from kerasft.inputs.images.rows import rows_of
from kerasft.targets.masks.examining import mask_findings
from kerasft.targets.masks.kind import MASKS
from kerasft.targets.masks.options import AUTO
from kerasft.targets.masks.painting import overlay
from kerasft.targets.masks.schema import StoredMasks
from kerasft.targets.masks.store import MaskStore
from kerasft.tasks.image_segmentation.pairs import has_pairs
from kerasft.tasks.image_segmentation.reading import targets_of
from kerasft.tasks.image_segmentation.sample import NAME, write_digit_scenes
from kerasft.tasks.image_segmentation.sources import MASK_SOURCES, with_masks

_OF_SHAPES = 0.995  # of COCO's JSON, which is of boxes too
_OF_BOXES = 0.5  # of one without shapes


def likelihood(wish: Examination) -> float:
    """Returns how likely data is of images with masks: folders side by side, or a table whose answers are PNGs."""

    def fits(path: Path) -> bool:
        columns = with_masks(path, ImageColumns(wish.image, wish.label, wish.suffix))
        rows = rows_of(path, columns, wish.data_dir, MASKS)
        return bool(rows) and all(str(row.label).strip().lower().endswith(".png") for row in rows)

    source = Path(wish.source).expanduser()
    if (files := coco_files(source)) and source.exists():
        return _OF_SHAPES if any(map(has_shapes, files.values())) else _OF_BOXES
    if has_pairs(source):
        return 1.0
    return likelihood_of_table(wish, NAME, recognising.likelihood, fits)


def examine(wish: Examination) -> Diagnosis:
    """Examines images with masks.

    Raises:
        InputError: The images can't be listed, or a mask can't be used.
    """
    if sample_of(str(wish.source), (NAME,)):
        wish = replace(wish, source=write_digit_scenes())
    entry = find(wish.backbone or "starter")
    image_size = wish.image_size or (96 if entry.source == "starter" else entry.image_size)
    targets = targets_of(wish.source, None, AUTO, MaskStore(image_size))
    found = look_at_images(wish, targets, image_size, MASK_SOURCES)
    items, schema = found.loaded.items, cast(StoredMasks, found.listing.schema)
    title = f"{wish.source}: {plural(len(items), 'image')} with masks of {plural(len(schema.class_names), 'class')}"
    if not items:
        return Diagnosis(title, tuple(found.files))
    findings, counts = mask_findings(items, schema, "image")

    def drawn(row: int, image: np.ndarray) -> np.ndarray:
        return overlay(image, schema.column([items[row].label])[0])

    every = (*found.files, *findings, *found.rest)
    return Diagnosis(title, every, counts, found.loaded.store, drawn)
