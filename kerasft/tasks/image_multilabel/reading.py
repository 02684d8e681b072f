"""`read_images_with_labels`: a table of images and the labels of each."""

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
from kerasft.inputs.images.columns import ImageColumns
from kerasft.inputs.images.loading import Progress
from kerasft.inputs.images.reading import read_splits
from kerasft.inputs.images.splits import ImageReading, ImageSplits
from kerasft.targets.labels.kind import LabelTargets
from kerasft.targets.labels.schema import Labels
from kerasft.tasks.image_multilabel.sample import NAME, write_several_digits


def read_images_with_labels(
    source: Data,
    image_size: int = 224,
    *,
    resize: str = "stretch",
    bit_depth: int | None = None,
    validation_share: float = 0.15,
    test_share: float = 0.15,
    seed: int = 0,
    skip_broken: bool = False,
    data_dir: str | Path | None = None,
    image: str | None = None,
    label: str | None = None,
    suffix: str = "",
    separator: str | None = None,
    labels: Iterable[object] | None = None,
    memory_limit: int | None = None,
    progress: Progress | None = None,
    earlier: EarlierRun | None = None,
    group: Group | None = None,
    validation_data: Data | None = None,
    test_data: Data | None = None,
) -> ImageSplits:
    """Reads images with any number of labels each, decodes each once, and draws the splits that the source lacks.

    Args:
        source: A table with a column of paths, and one of labels (`cat|dog`, or in JSON lines a list; nothing there is
            no label) or a column of 0 and 1 for each; an image may have several rows. Or "several-digits", the sample
            data; or a numpy array (n, height, width, 3 or 1), values 0..255, with `labels`.
        image_size: Side of the images given to the model, in pixels.
        resize: "stretch" (the whole image, whatever its proportions) or "crop" (the central square).
        bit_depth: Of files with 16 bits per channel, the bits that count, from 8 to 16; None looks at all values.
        validation_share: Share of the training images drawn for validation, when the source has none; each label gets
            this share as nearly as can be.
        test_share: The same for the test split.
        seed: The same seed and images give the same splits.
        skip_broken: Leave out images that can't be decoded or are there with other labels, instead of refusing.
        data_dir: The folder that the paths of a table are relative to.
        image: Of a table: the column of paths, names or ids; None looks for it.
        label: Of a table: the column of labels, or the columns of 0 and 1, with commas; None looks for either.
        suffix: Of a table: what ids lack to be file names, such as ".jpg"; "" looks.
        separator: What stands between labels in a cell: one of "|", ";", ",", "/", "+" or "space"; None looks for one
            of the first three.
        labels: For an array: a list of labels for each image.
        memory_limit: In bytes; beyond it images are kept in a temporary file.
        progress: Called as progress(done, total) while images are decoded.
        earlier: The run (or its folder) that the model starts from: what it knew keeps its side.
        group: What stays on one side of every split: see `kerasft.read_images`.
        validation_data: A table that is the validation split; none is drawn then.
        test_data: The same for the test split.

    Returns:
        The splits, whose targets are float32 (n, labels) of 0 and 1.

    Raises:
        InputError: Anything about the data that can be put right, all of it at once.
    """
    if isinstance(source, str) and sample_of(source, (NAME,)):
        source = write_several_digits()
    given = Given(source, labels, None, data_dir, validation_data, test_data, False, skip_broken)
    reading = ImageReading(image_size, resize, bit_depth, ImageColumns(image, label, suffix))
    wish = Wish(validation_share, test_share, seed, earlier, group)
    targets = LabelTargets(separator)
    splits = read_splits(given, targets, reading, wish, memory_limit=memory_limit, progress=progress)
    schema = cast(Labels, splits.schema)
    return replace(splits, schema=schema.fitted(np.asarray(splits.train.targets)))
