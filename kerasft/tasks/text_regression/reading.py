"""`read_texts_with_numbers`: a table of texts, or pairs of texts, and numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np

from kerasft.data.earlier import EarlierRun
from kerasft.data.given import Given
from kerasft.data.group_column import Group
from kerasft.data.own_splits import Data
from kerasft.data.placing import Wish
from kerasft.data.samples import sample_of
from kerasft.inputs.texts.reading import read_splits
from kerasft.inputs.texts.texts import LISTS, TextColumns, TextSplits
from kerasft.targets.numbers.kind import NUMBERS
from kerasft.targets.numbers.schema import Numbers
from kerasft.tasks.text_regression.sample import MINUTES, NAME, write_durations


def read_texts_with_numbers(
    source: Data,
    *,
    text: str = "text",
    text_pair: str | None = None,
    label: str = "label",
    validation_share: float = 0.15,
    test_share: float = 0.15,
    seed: int = 0,
    skip_broken: bool = False,
    data_dir: str | Path | None = None,
    labels: Iterable[object] | None = None,
    download: bool = False,
    earlier: EarlierRun | None = None,
    group: Group | None = None,
    validation_data: Data | None = None,
    test_data: Data | None = None,
) -> TextSplits:
    """Reads texts, or pairs of texts, with a number each, and draws the splits that the source lacks.

    Args:
        source: A table (.csv, .tsv, .jsonl, .parquet) with a column of texts and one of numbers; "durations", the
            sample data; "tfds:NAME"; or a list of texts or of pairs, with `labels`.
        text: The column of the text, or of the first text of a pair.
        text_pair: The column of the second text; None for single texts.
        label: The column of the numbers ("minutes" in the sample data). Its name is what the number is called.
        validation_share: Share of the training texts drawn for validation, when the source has none.
        test_share: The same for the test split.
        seed: The same seed and texts give the same splits.
        skip_broken: Leave out rows that can't be used, and texts that have two numbers, instead of refusing.
        data_dir: For TFDS, the folder of data sets.
        labels: For a list: the numbers.
        download: For TFDS: download the data set when it is not there.
        earlier: The run (or its folder) that the model starts from: what it knew keeps its side.
        group: What stays on one side of every split: see `kerasft.read_texts`.
        validation_data: A table or "tfds:NAME" that is the validation split; none is drawn then.
        test_data: The same for the test split.

    Returns:
        The splits, whose schema has the number's name, mean and standard deviation in training.

    Raises:
        InputError: Anything about the data that can be put right, all of it at once.
        UnavailableError: A TFDS data set is not on this machine, or a package is missing.
    """
    if isinstance(source, str) and sample_of(source, (NAME,)):
        source, label = write_durations(), MINUTES if label == TextColumns.label else label
    given = Given(source, labels, None, data_dir, validation_data, test_data, download, skip_broken)
    wish = Wish(validation_share, test_share, seed, earlier, group)
    splits = read_splits(given, NUMBERS, TextColumns(text, text_pair, label), wish)
    called = "number" if splits.source == LISTS else splits.columns.label
    schema = cast(Numbers, splits.schema)
    return replace(splits, schema=schema.fitted(np.asarray(splits.train.targets), called))
