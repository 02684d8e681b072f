"""`read_texts_with_labels`: a table of texts, or pairs of texts, and the labels of each."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np

from kerasft.base.signatures import Passed, taking_more
from kerasft.data.own_splits import Data
from kerasft.data.samples import sample_of
from kerasft.inputs.texts.reading import read_answered
from kerasft.inputs.texts.texts import TextColumns, TextSplits
from kerasft.targets.labels.kind import LabelTargets
from kerasft.targets.labels.options import ABOUT_SEPARATOR
from kerasft.targets.labels.schema import Labels
from kerasft.tasks.text_multilabel.sample import NAME, TOPICS, write_several_topics


@taking_more(read_answered, ABOUT_SEPARATOR)
def read_texts_with_labels(
    source: Data, *, label: str = TextColumns.label, separator: str | None = None, **options: Passed
) -> TextSplits:
    """Reads texts, or pairs of texts, with any number of labels each, or "several-topics", the sample data.

    A cell is `cat|dog`, or in JSON lines a list; nothing there is no label. Or each label has a column of 0 and 1, yes
    and no; or a text has several rows with a label each, or lies as a file in several folders. Targets are float32
    (n, labels) of 0 and 1.
    """
    if isinstance(source, str) and sample_of(source, (NAME,)):
        source, label = write_several_topics(), TOPICS if label == TextColumns.label else label
    splits = read_answered(LabelTargets(separator), source, label=label, **options)
    schema = cast(Labels, splits.schema)
    return replace(splits, schema=schema.fitted(np.asarray(splits.train.targets)))
