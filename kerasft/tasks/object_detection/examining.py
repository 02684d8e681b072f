"""Examining images with boxes: read as training reads them, then looked at."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np

from kerasft.base.wording import plural
from kerasft.contract.examination import Examination
from kerasft.contract.findings import Diagnosis
from kerasft.contract.splits import Schema
from kerasft.contract.targets import Targets
from kerasft.data.given import Given
from kerasft.data.listing import Listing
from kerasft.data.recognising import likelihood_of_table
from kerasft.data.samples import sample_of
from kerasft.inputs.images.coco import coco_files
from kerasft.inputs.images.columns import LOOK, ImageColumns
from kerasft.inputs.images.examining import look_at_images
from kerasft.inputs.images.sources import Sources
from kerasft.targets.boxes.examining import Trims, box_findings
from kerasft.targets.boxes.kind import BoxTargets
from kerasft.targets.boxes.painting import sketch
from kerasft.targets.boxes.reading import BoxWish
from kerasft.targets.boxes.schema import Boxes
from kerasft.tasks.object_detection.sample import NAME, SIDE, write_digit_boxes
from kerasft.tasks.object_detection.sources import gather
from kerasft.tasks.object_detection.table import has_boxes
from kerasft.tasks.object_detection.voc import has_voc
from kerasft.tasks.object_detection.yolo import looks_like_yolo

_DRAWN = 224  # pixels of an image with its boxes
_SIDE = 320  # pixels, as the recipe's, but for the sample data
_OF_COCO = 0.99  # of JSON that may be of masks, too
_OF_VOC = 0.995  # of a folder that may have masks, too


def likelihood(wish: Examination) -> float:
    """Returns how likely data is of images with boxes."""
    source = Path(wish.source).expanduser()
    if source.exists() and not sample_of(str(wish.source), (NAME,)):
        if coco_files(source):
            return _OF_COCO
        if looks_like_yolo(source):
            return 1.0
        if has_voc(source):
            return _OF_VOC
    return likelihood_of_table(wish, NAME, lambda wish: 1.0, lambda path: has_boxes(path, wish.label))


class _Kept:
    """A way to list images that keeps which boxes were changed."""

    def __init__(self) -> None:
        self.trims: Trims = {}

    def list(
        self,
        given: Given,
        targets: Targets,
        wanted: Schema | None = None,
        columns: ImageColumns = LOOK,
        *,
        all_needed: bool = True,
        flag: str = "--data",
    ) -> Listing:
        """Lists images with their boxes; see `kerasft.tasks.object_detection.sources.gather`."""
        found = gather(given, targets, wanted, columns, all_needed=all_needed, flag=flag)
        self.trims = found.trims
        return found.listing


def examine(wish: Examination) -> Diagnosis:
    """Examines images with boxes.

    Raises:
        InputError: The images can't be listed, or boxes can't be used.
    """
    image_size = wish.image_size or _SIDE
    if sample_of(str(wish.source), (NAME,)):
        image_size = wish.image_size or SIDE
        wish = replace(wish, source=write_digit_boxes())
    kept = _Kept()
    targets = BoxTargets(BoxWish(None, image_size))
    found = look_at_images(wish, targets, image_size, Sources(kept.list))
    items, schema = found.loaded.items, cast(Boxes, found.listing.schema)
    title = f"{wish.source}: {plural(len(items), 'image')} with boxes of {plural(len(schema.class_names), 'class')}"
    if not items:
        return Diagnosis(title, tuple(found.files))
    findings, counts = box_findings(items, schema, kept.trims, "image")

    def drawn(row: int, image: np.ndarray) -> np.ndarray:
        return sketch(image, schema.on_model(schema.column([items[row].label]))[0], _DRAWN)

    every = (*found.files, *findings, *found.rest)
    return Diagnosis(title, every, counts, found.loaded.store, drawn)
