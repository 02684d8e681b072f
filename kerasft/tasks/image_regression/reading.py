"""`read_images_with_numbers`: a table of images and numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np

from kerasft.base.signatures import Passed, taking
from kerasft.data.own_splits import Data
from kerasft.data.samples import sample_of
from kerasft.inputs.images.reading import read_answered
from kerasft.inputs.images.splits import ImageSplits
from kerasft.targets.numbers.kind import NUMBERS
from kerasft.targets.numbers.schema import Numbers
from kerasft.tasks.image_regression.sample import NAME, write_turned_digits


@taking(read_answered)
def read_images_with_numbers(
    source: Data, *given: Passed, label: str | None = None, **options: Passed
) -> ImageSplits:
    """Reads images with a number each, such as those of a table, or "turned-digits", the sample data.

    The schema of the splits has the number's name, mean and standard deviation in training.
    """
    if isinstance(source, str) and sample_of(source, (NAME,)):
        source, label = write_turned_digits(), label or "angle"
    splits = read_answered(NUMBERS, source, *given, label=label, **options)
    schema = cast(Numbers, splits.schema)
    return replace(splits, schema=schema.fitted(np.asarray(splits.train.targets), label or "number"))
