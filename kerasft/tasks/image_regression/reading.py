"""`read_images_with_numbers`: a table of images and numbers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np

from kerasft.data.given import Given
from kerasft.data.placing import Wish
from kerasft.data.samples import sample_of
from kerasft.inputs.images.columns import ImageColumns
from kerasft.inputs.images.loading import Progress
from kerasft.inputs.images.reading import read_splits
from kerasft.inputs.images.splits import ImageReading, ImageSplits
from kerasft.targets.numbers.kind import NUMBERS
from kerasft.targets.numbers.schema import Numbers
from kerasft.tasks.image_regression.sample import NAME, write_turned_digits


def read_images_with_numbers(
    source: Any,
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
    labels: Any = None,
    memory_limit: int | None = None,
    progress: Progress | None = None,
    earlier: Any = None,
    group: Any = None,
    validation_data: Any = None,
    test_data: Any = None,
) -> ImageSplits:
    """Reads images with a number each, decodes and resizes each once, and draws the splits that the source lacks.

    Args:
        source: A table with a column of paths and one of numbers; "turned-digits", the sample data; or a numpy array
            (n, height, width, 3 or 1), values 0..255, with `labels`.
        image_size: Side of the images given to the model, in pixels.
        resize: "stretch" (the whole image, whatever its proportions) or "crop" (the central square).
        bit_depth: Of files with 16 bits per channel, the bits that count, from 8 to 16; None looks at all values.
        validation_share: Share of the training images drawn for validation, when the source has none.
        test_share: The same for the test split.
        seed: The same seed and images give the same splits.
        skip_broken: Leave out images that can't be decoded or have two numbers, instead of refusing.
        data_dir: The folder that the paths of a table are relative to.
        image: Of a table: the column of paths, names or ids; None looks for it.
        label: Of a table: the column of numbers; None looks for it. Its name is what the number is called.
        suffix: Of a table: what ids lack to be file names, such as ".jpg"; "" looks.
        labels: For an array: the numbers.
        memory_limit: In bytes; beyond it images are kept in a temporary file.
        progress: Called as progress(done, total) while images are decoded.
        earlier: The run (or its folder) that the model starts from: what it knew keeps its side.
        group: What stays on one side of every split: see `kerasft.read_images`.
        validation_data: A table that is the validation split; none is drawn then.
        test_data: The same for the test split.

    Returns:
        The splits, whose schema has the number's name, mean and standard deviation in training.

    Raises:
        InputError: Anything about the data that can be put right, all of it at once.
    """
    if isinstance(source, str) and sample_of(source, (NAME,)):
        source, label = write_turned_digits(), "angle"
    given = Given(source, labels, None, data_dir, validation_data, test_data, False, skip_broken)
    reading = ImageReading(image_size, resize, bit_depth, ImageColumns(image, label, suffix))
    wish = Wish(validation_share, test_share, seed, earlier, group)
    splits = read_splits(given, NUMBERS, reading, wish, memory_limit=memory_limit, progress=progress)
    schema = cast(Numbers, splits.schema)
    return replace(splits, schema=schema.fitted(np.asarray(splits.train.targets), label or "number"))
