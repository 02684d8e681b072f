"""`read_images` and `read_labelled`: images sorted into classes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kerasft.data.given import Given
from kerasft.data.placing import Wish
from kerasft.inputs.images.columns import LOOK, ImageColumns
from kerasft.inputs.images.loading import Progress
from kerasft.inputs.images.reading import read_split, read_splits
from kerasft.inputs.images.splits import ImageReading, ImageSplit, ImageSplits
from kerasft.targets.classes.kind import CLASSES


def read_images(
    source: Any,
    image_size: int = 224,
    *,
    resize: str = "stretch",
    bit_depth: int | None = None,
    validation_share: float = 0.15,
    test_share: float = 0.15,
    seed: int = 0,
    skip_broken: bool = False,
    class_names: tuple[str, ...] | None = None,
    data_dir: str | Path | None = None,
    image: str | None = None,
    label: str | None = None,
    suffix: str = "",
    labels: Any = None,
    download: bool = False,
    memory_limit: int | None = None,
    progress: Progress | None = None,
    earlier: Any = None,
    group: Any = None,
    validation_data: Any = None,
    test_data: Any = None,
) -> ImageSplits:
    """Reads labelled images, decodes and resizes each once, and draws the splits that the source lacks.

    Args:
        source: A folder of class folders (or of train/, validation/ and test/ with class folders), a CSV
            with the columns path, label and perhaps split, "tfds:NAME", "digits", or a numpy array
            (n, height, width, 3 or 1), values 0..255, with `labels`.
        image_size: Side of the images given to the model, in pixels.
        resize: "stretch" (the whole image, whatever its proportions) or "crop" (the central square).
        bit_depth: Of files with 16 bits per channel, the bits that count, from 8 to 16; None looks at all values.
            It is recorded, and every artifact of the run reads such files in the same way.
        validation_share: Share of the training images drawn for validation, when the source has none.
        test_share: The same for the test split.
        seed: The same seed and images give the same splits.
        skip_broken: Leave out images that can't be decoded or are in two classes, instead of refusing.
        class_names: A class list to enforce, in label order; the sorted names when None.
        data_dir: For a CSV, the folder that its paths are relative to; for TFDS, the folder of data sets.
        image: For a CSV: the column of paths, names or ids; None looks for it.
        label: For a CSV: the column of classes; None looks for it, or for one column of 0 and 1 per class.
        suffix: For a CSV: what ids lack to be file names, such as ".jpg"; "" looks.
        labels: For an array: class names, or indexes into `class_names`.
        download: For TFDS: download the data set when it is not there.
        memory_limit: In bytes; beyond it images are kept in a temporary file (see `TMPDIR`). None is a
            share of the free memory.
        progress: Called as progress(done, total) while images are decoded.
        earlier: The run (or its folder) that the model starts from. What it and those before it knew keeps its side,
            so that the test split is of images that were never trained on.
        group: What stays on one side of every split: a column of the table (a patient, a video), a CSV file with the
            columns id and group, or, for an array, a list with one group per row.
        validation_data: A folder, a table or "tfds:NAME" that is the validation split; none is drawn then.
        test_data: The same for the test split.

    Returns:
        The splits; `notes` and `skipped` hold what a user should hear.

    Raises:
        InputError: Anything about the data that can be put right, all of it at once.
        UnavailableError: The TFDS data set is not on this machine, or its package is missing.
    """
    given = Given(source, labels, class_names, data_dir, validation_data, test_data, download, skip_broken)
    reading = ImageReading(image_size, resize, bit_depth, ImageColumns(image, label, suffix))
    wish = Wish(validation_share, test_share, seed, earlier, group)
    return read_splits(given, CLASSES, reading, wish, memory_limit=memory_limit, progress=progress)


def read_labelled(
    source: Any,
    class_names: tuple[str, ...],
    image_size: int,
    resize: str = "stretch",
    *,
    bit_depth: int | None = None,
    labels: Any = None,
    data_dir: str | Path | None = None,
    columns: ImageColumns = LOOK,
    skip_broken: bool = False,
    memory_limit: int | None = None,
    progress: Progress | None = None,
) -> ImageSplit:
    """Reads labelled images to evaluate on, in the order of their ids, with the class list of a model.

    A source that has splits of its own gives its test split. Classes without images are allowed; classes
    beyond the list are not. Arguments are those of `read_images`; `bit_depth` is the model's, and
    `columns` what is named of a table's.

    Returns:
        One split named "test".

    Raises:
        InputError: The data can't be used with this class list.
    """
    given = Given(source, labels, class_names, data_dir, skip_broken=skip_broken)
    reading = ImageReading(image_size, resize, bit_depth, columns)
    return read_split(given, CLASSES, reading, memory_limit=memory_limit, progress=progress)
