"""`read_images` and `read_labelled`: images sorted into classes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from kerasft.base.signatures import Passed, taking
from kerasft.data.given import Given
from kerasft.data.own_splits import Data
from kerasft.inputs.images.columns import LOOK, ImageColumns
from kerasft.inputs.images.loading import Progress
from kerasft.inputs.images.reading import read_answered, read_split
from kerasft.inputs.images.splits import ImageReading, ImageSplit, ImageSplits
from kerasft.targets.classes.kind import CLASSES


@taking(read_answered)
def read_images(*given: Passed, **options: Passed) -> ImageSplits:
    """Reads images of classes, decodes and resizes each once, and draws the splits that the source lacks."""
    return read_answered(CLASSES, *given, **options)


def read_labelled(
    source: Data,
    class_names: tuple[str, ...],
    image_size: int,
    resize: str = "stretch",
    *,
    bit_depth: int | None = None,
    labels: Iterable[object] | None = None,
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
