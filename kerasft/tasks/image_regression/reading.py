"""`read_images_with_numbers`: a table of images and numbers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np

from kerasft.base.signatures import Passed, taking_more
from kerasft.data.own_splits import Data
from kerasft.data.samples import sample_of
from kerasft.inputs.images.columns import ImageColumns
from kerasft.inputs.images.reading import read_answered
from kerasft.inputs.images.splits import ImageSplits
from kerasft.inputs.images.table import answers_of
from kerasft.targets.numbers.kind import targets_of
from kerasft.targets.numbers.options import ABOUT_UNIT
from kerasft.targets.numbers.schema import Numbers
from kerasft.tasks.image_regression.sample import NAME, UNIT, write_turned_digits


@taking_more(read_answered, ABOUT_UNIT)
def read_images_with_numbers(
    source: Data, *given: Passed, label: str | None = None, unit: str | None = None, **options: Passed
) -> ImageSplits:
    """Reads images with a number each, or several, or "turned-digits", the sample data.

    A table has a column of numbers, or several (`label="price,area"`); an array goes with `labels` (n,) or (n,
    numbers). The schema of the splits has each number's name, unit, and mean and standard deviation in training.
    """
    if isinstance(source, str) and sample_of(source, (NAME,)):
        source, label, unit = write_turned_digits(), label or "angle", unit or UNIT
    splits = read_answered(targets_of(label, unit), source, *given, label=label, **options)
    schema = cast(Numbers, splits.schema)
    called = _columns(source, ImageColumns(options.get("image"), label), options.get("data_dir"))
    return replace(splits, schema=schema.fitted(np.asarray(splits.train.targets), *called))


def _columns(source: Data, columns: ImageColumns, data_dir: str | Path | None) -> tuple[str, ...]:
    """Returns the names of a table's columns of numbers, as the table spells them; () of what is no table."""
    if isinstance(source, str | Path) and Path(source).expanduser().is_file():
        return answers_of(Path(source).expanduser(), columns, data_dir)[0]
    return ()
