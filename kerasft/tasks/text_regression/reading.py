"""`read_texts_with_numbers`: a table of texts, or pairs of texts, and numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np

from kerasft.base.signatures import Passed, taking_more
from kerasft.data.own_splits import Data
from kerasft.data.samples import sample_of
from kerasft.inputs.texts.reading import read_answered
from kerasft.inputs.texts.texts import LISTS, TextColumns, TextSplits
from kerasft.targets.numbers.kind import targets_of
from kerasft.targets.numbers.options import ABOUT_UNIT
from kerasft.targets.numbers.reading import names_of
from kerasft.targets.numbers.schema import Numbers
from kerasft.tasks.text_regression.sample import MINUTES, NAME, write_durations


@taking_more(read_answered, ABOUT_UNIT)
def read_texts_with_numbers(
    source: Data, *, label: str = TextColumns.label, unit: str | None = None, **options: Passed
) -> TextSplits:
    """Reads texts, or pairs of texts, with a number each, or several, or "durations", the sample data.

    A table has a column of numbers, or several (`label="price,area"`); a list goes with `labels` (n,) or (n, numbers).
    The schema of the splits has each number's name, unit, and mean and standard deviation in training.
    """
    if isinstance(source, str) and sample_of(source, (NAME,)):
        source, label = write_durations(), MINUTES if label == TextColumns.label else label
    targets = targets_of(None if label == TextColumns.label else label, unit)
    splits = read_answered(targets, source, label=label, **options)
    schema = cast(Numbers, splits.schema)
    called = () if splits.source == LISTS else names_of(splits.columns.label, len(schema.numbers))
    return replace(splits, schema=schema.fitted(np.asarray(splits.train.targets), *called))
