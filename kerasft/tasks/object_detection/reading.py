"""`read_images_with_boxes`: images, each with boxes around the things on it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np

from kerasft.base.errors import Problem, raise_problems
from kerasft.base.json_values import JsonFields
from kerasft.contract.splits import SPLITS, Schema
from kerasft.data.class_list import names_of
from kerasft.data.earlier import EarlierRun
from kerasft.data.given import Given
from kerasft.data.group_column import Group
from kerasft.data.own_splits import Data
from kerasft.data.placing import Wish
from kerasft.data.samples import sample_of
from kerasft.inputs.images.columns import ImageColumns
from kerasft.inputs.images.loading import Progress
from kerasft.inputs.images.reading import read_split, read_splits, restore_splits
from kerasft.inputs.images.splits import ImageReading, ImageSplit, ImageSplits
from kerasft.targets.boxes.kind import BoxTargets
from kerasft.targets.boxes.reading import BoxWish
from kerasft.targets.boxes.schema import MULTIPLE, Boxes
from kerasft.tasks.object_detection.sample import NAME, write_digit_boxes
from kerasft.tasks.object_detection.sources import BOX_SOURCES


def read_images_with_boxes(
    source: Data,
    image_size: int = 224,
    *,
    classes: str | Path | Iterable[str] | None = None,
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
    labels: Iterable[object] | None = None,
    memory_limit: int | None = None,
    progress: Progress | None = None,
    earlier: EarlierRun | None = None,
    group: Group | None = None,
    validation_data: Data | None = None,
    test_data: Data | None = None,
) -> ImageSplits:
    """Reads images with boxes, or "digit-boxes", the sample data.

    Boxes are in pixels of the original image, upright as its EXIF says, whatever the size that the model sees. Targets
    are float32 (n, 1 + most, 6): the first row of an image is (0, 0, width, height, -2, 0), then come x1, y1, x2, y2,
    the number of the class, and 1 where things were not told apart or are too difficult to count (COCO's iscrowd, VOC's
    difficult). The class of rows that are not used is -1.

    Args:
        source: COCO's JSON, or a folder with it as Roboflow, CVAT and COCO have it; a folder of Pascal VOC, with an XML
            for each image; a folder of YOLO, or its data.yaml; or a table with a row for each box: a column of images,
            one of classes, and x1, y1, x2, y2 or x, y, width, height; or images in memory, with `labels`.
        image_size: Side of the images given to the model, in pixels, a multiple of 32.
        classes: The names of the classes, with commas between them, or a text file with one name per line; None takes
            those that the data lists, or has. Where boxes have numbers of classes and no names, it names them.
        resize: "stretch" (the whole image, whatever its proportions), "letterbox" (the whole image in its proportions,
            on a grey square) or "crop" (the central square).
        bit_depth: As for `kerasft.read_images`.
        validation_share: Share of the training images drawn for validation, when the source has none.
        test_share: The same for the test split.
        seed: The same seed and images give the same splits.
        skip_broken: Leave out images that can't be decoded, or whose boxes can't be used.
        data_dir: The folder of the images, where they aren't beside the boxes; of a table, what paths are relative to.
        image: Of a table, the column of images; None looks for it.
        label: Of a table, the column of classes; None looks for it.
        suffix: Of a table, what ids of images lack to be file names.
        labels: For images in memory (arrays, PIL images), the boxes of each: a list of (class, x1, y1, x2, y2), in
            pixels of that image, with True behind these for a crowd. A class is a name, or a number in `classes`.
        memory_limit: In bytes, of the images; beyond it they are kept in a temporary file.
        progress: Called as progress(done, total) while images are decoded.
        earlier: The run (or its folder) that the model starts from.
        group: What stays on one side of every split: a column of the table, or a CSV file with the columns id and
            group.
        validation_data: A source that is the validation split; none is drawn then.
        test_data: The same for the test split.

    Raises:
        InputError: Anything about the data that can be put right, all of it at once.
    """
    if isinstance(source, str) and sample_of(source, (NAME,)):
        source = write_digit_boxes()
    reading = ImageReading(image_size, resize, bit_depth, ImageColumns(image, label, suffix))
    wish = BoxWish(names_of(classes, None), image_size, resize)
    raise_problems(reading.problems() or [*_size_problems(image_size), *wish.problems()])
    given = Given(
        source,
        labels=labels,
        data_dir=data_dir,
        validation_data=validation_data,
        test_data=test_data,
        skip_broken=skip_broken,
    )
    drawing = Wish(validation_share, test_share, seed, earlier, group)
    splits = read_splits(
        given,
        BoxTargets(wish),
        reading,
        drawing,
        sources=BOX_SOURCES,
        memory_limit=memory_limit,
        progress=progress,
    )
    schema = cast(Boxes, splits.schema)
    raise_problems(_boxless(splits, schema))
    return replace(splits, schema=schema.fitted(np.asarray(splits.train.targets)))


def _boxless(splits: ImageSplits, schema: Boxes) -> list[Problem]:
    """Returns a problem for each split without any box: by one epochs are ranked, by another the model is scored."""
    received = {"validation": splits.validation_data, "test": splits.test_data}
    step = "give it images with boxes; without labels, nothing can be said of it"
    return [
        Problem(f"no image of the {name} split has a box", str(received.get(name) or splits.source), step)
        for name in SPLITS
        if len(split := getattr(splits, name)) and not schema.present(np.asarray(split.targets)).any()
    ]


def _size_problems(image_size: int) -> list[Problem]:
    if image_size % MULTIPLE == 0:
        return []
    nearest = max(MULTIPLE, round(image_size / MULTIPLE) * MULTIPLE)
    what = f"--image-size must be a multiple of {MULTIPLE} for boxes"
    return [Problem(what, str(image_size), f"for example --image-size {nearest}")]


def read_labelled_boxes(
    source: str | Path, schema: Schema, reading: ImageReading, skip_broken: bool
) -> ImageSplit:
    """Reads images with boxes to evaluate a model on; see `Task.read_labelled`."""
    if sample_of(str(source), (NAME,)):
        source = write_digit_boxes()
    given = Given(source, wanted=schema, skip_broken=skip_broken)
    wish = BoxWish(cast(Boxes, schema).class_names, reading.image_size, reading.resize)
    return read_split(given, BoxTargets(wish), reading, sources=BOX_SOURCES)


def restore_box_splits(path: Path, data: JsonFields, schema: Boxes, reading: ImageReading) -> ImageSplits:
    """Reads the images of a run again, and their boxes; see `Task.restore_splits`."""
    targets = BoxTargets(BoxWish(schema.class_names, reading.image_size, reading.resize))
    splits = restore_splits(path, data, targets, schema, reading, sources=BOX_SOURCES)
    return replace(splits, schema=schema)
