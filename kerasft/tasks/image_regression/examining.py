"""Examining images with numbers: read as training reads them, then looked at."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

from kerasft.base.wording import plural
from kerasft.contract.examination import Examination
from kerasft.contract.findings import Diagnosis
from kerasft.data.recognising import likelihood_of_table
from kerasft.data.samples import sample_of
from kerasft.inputs.images import recognising
from kerasft.inputs.images.backbones.catalog import find
from kerasft.inputs.images.columns import ImageColumns
from kerasft.inputs.images.examining import look_at_images
from kerasft.inputs.images.table import answers_of
from kerasft.targets.numbers.examining import number_findings
from kerasft.targets.numbers.kind import targets_of
from kerasft.targets.numbers.recognising import looks_like_numbers
from kerasft.targets.numbers.schema import Numbers
from kerasft.tasks.image_regression.sample import NAME, write_turned_digits


def likelihood(wish: Examination) -> float:
    """Returns how likely data is of images with numbers: those of a table are, if some have a fraction."""

    def fits(path: Path) -> bool:
        _, cells = answers_of(path, ImageColumns(wish.image, wish.label, wish.suffix), wish.data_dir)
        return looks_like_numbers(cells)

    return likelihood_of_table(wish, NAME, recognising.likelihood, fits)


def examine(wish: Examination) -> Diagnosis:
    """Examines images with numbers.

    Raises:
        InputError: The images can't be listed, or an answer is no number.
    """
    if sample_of(str(wish.source), (NAME,)):
        wish = replace(wish, source=write_turned_digits(), label="angle")
    image_size = wish.image_size or find(wish.backbone or "starter").image_size
    found = look_at_images(wish, targets_of(wish.label, None), image_size)
    items, schema = found.loaded.items, cast(Numbers, found.listing.schema)
    numbers = number_findings(items, schema, "image") if items else []
    count = "a number" if len(schema.numbers) == 1 else f"{len(schema.numbers)} numbers"
    title = f"{wish.source}: {plural(len(items), 'image')} with {count} each"
    return Diagnosis(title, (*found.files, *numbers, *found.rest), (), found.loaded.store)
