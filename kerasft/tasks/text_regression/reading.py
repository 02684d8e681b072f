"""`read_texts_with_numbers`: a table of texts, or pairs of texts, and numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np

from kerasft.base.signatures import Passed, taking
from kerasft.data.own_splits import Data
from kerasft.data.samples import sample_of
from kerasft.inputs.texts.reading import read_answered
from kerasft.inputs.texts.texts import LISTS, TextColumns, TextSplits
from kerasft.targets.numbers.kind import NUMBERS
from kerasft.targets.numbers.schema import Numbers
from kerasft.tasks.text_regression.sample import MINUTES, NAME, write_durations


@taking(read_answered)
def read_texts_with_numbers(
    source: Data, *given: Passed, label: str = TextColumns.label, **options: Passed
) -> TextSplits:
    """Reads texts, or pairs of texts, with a number each, such as those of a table, or "durations", the sample data.

    The schema of the splits has the number's name, mean and standard deviation in training.
    """
    if isinstance(source, str) and sample_of(source, (NAME,)):
        source, label = write_durations(), MINUTES if label == TextColumns.label else label
    splits = read_answered(NUMBERS, source, *given, label=label, **options)
    called = "number" if splits.source == LISTS else splits.columns.label
    schema = cast(Numbers, splits.schema)
    return replace(splits, schema=schema.fitted(np.asarray(splits.train.targets), called))
