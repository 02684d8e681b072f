"""`read_images_with_numbers`: a table of images and numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np

from kerasft.base.signatures import Passed, taking_more
from kerasft.data.own_splits import Data
from kerasft.data.samples import sample_of
from kerasft.inputs.images.reading import read_answered
from kerasft.inputs.images.splits import ImageSplits
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
    return replace(splits, schema=schema.fitted(np.asarray(splits.train.targets)))
