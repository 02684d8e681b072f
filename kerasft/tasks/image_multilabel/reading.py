"""`read_images_with_labels`: a table of images and the labels of each."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np

from kerasft.base.signatures import Passed, taking_more
from kerasft.data.own_splits import Data
from kerasft.data.samples import sample_of
from kerasft.inputs.images.reading import read_answered
from kerasft.inputs.images.splits import ImageSplits
from kerasft.targets.labels.kind import LabelTargets
from kerasft.targets.labels.options import ABOUT_SEPARATOR
from kerasft.targets.labels.schema import Labels
from kerasft.tasks.image_multilabel.sample import NAME, write_several_digits


@taking_more(read_answered, ABOUT_SEPARATOR)
def read_images_with_labels(
    source: Data, *given: Passed, separator: str | None = None, **options: Passed
) -> ImageSplits:
    """Reads images with any number of labels each, or "several-digits", the sample data.

    A table has a column of labels (`cat|dog`, or in JSON lines a list; nothing there is no label) or a column of 0 and
    1, yes and no, for each; an image may have several rows, or lie in several folders. Targets are float32 (n, labels)
    of 0 and 1.
    """
    if isinstance(source, str) and sample_of(source, (NAME,)):
        source = write_several_digits()
    splits = read_answered(LabelTargets(separator), source, *given, **options)
    schema = cast(Labels, splits.schema)
    return replace(splits, schema=schema.fitted(np.asarray(splits.train.targets)))
