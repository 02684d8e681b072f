"""`read_images_with_masks`: images, each with a mask that says of every pixel which class it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np

from kerasft.base.errors import raise_problems
from kerasft.base.json_values import JsonFields
from kerasft.contract.splits import Schema
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
from kerasft.targets.masks.kind import MaskTargets
from kerasft.targets.masks.options import AUTO
from kerasft.targets.masks.reading import MaskWish
from kerasft.targets.masks.schema import Masks, stored
from kerasft.targets.masks.store import MaskStore
from kerasft.tasks.image_segmentation.class_lists import classes_of
from kerasft.tasks.image_segmentation.coco_pairs import class_names
from kerasft.tasks.image_segmentation.sample import NAME, write_digit_scenes
from kerasft.tasks.image_segmentation.sources import MASK_SOURCES


def read_images_with_masks(
    source: Data,
    image_size: int = 224,
    *,
    classes: str | Path | Iterable[str] | None = None,
    ignore: int | str = AUTO,
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
    """Reads images with a mask each, or "digit-scenes", the sample data.

    A mask is a PNG (mode P or L) of the size of its image, whose pixels are the numbers of classes. Targets are uint8
    (n, image_size, image_size): the class of each pixel, 255 where it counts for nothing.

    Args:
        source: A folder with `images/` and `masks/`, or with such folders below train/, validation/ and test/; that
            of a Pascal VOC data set; COCO's JSON, or a folder that Roboflow exported with it; or a table with the
            columns image, mask and perhaps split; or images in memory, with `labels`.
        image_size: Side of the images and masks given to the model, in pixels.
        classes: The names of the classes in the order of their numbers, with commas between them, or a text file with
            one name per line, and perhaps its colour; None looks for `classes.txt`, and for the lists of CVAT and
            CamVid, beside the data, and else takes the numbers themselves.
        ignore: The number of pixels that count for nothing, from 0 to 255; "none": all count; "auto": 255, where it
            isn't the only number besides 0.
        resize: "stretch" (the whole image, whatever its proportions), "crop" (the central square) or "letterbox" (the
            whole image, its proportions kept, with grey bars).
        bit_depth: As for `kerasft.read_images`.
        validation_share: Share of the training images drawn for validation, when the source has none.
        test_share: The same for the test split.
        seed: The same seed and images give the same splits.
        skip_broken: Leave out images that can't be decoded, and in folders those whose masks can't be used.
        data_dir: Of a table or COCO's JSON, the folder that its paths are relative to.
        image: Of a table, the column of images; None looks for it.
        label: Of a table, the column of masks; None looks for it.
        suffix: Of a table, what ids of images lack to be file names.
        labels: For images in memory (arrays, PIL images), the mask of each: whole numbers (height, width) as in files,
            or colours (height, width, 3) that `classes` lists.
        memory_limit: In bytes, of the images; beyond it they are kept in a temporary file.
        progress: Called as progress(done, total) while images are decoded.
        earlier: The run (or its folder) that the model starts from.
        group: What stays on one side of every split: a column of the table, or a CSV file with the columns id and
            group.
        validation_data: A folder or a table that is the validation split; none is drawn then.
        test_data: The same for the test split.

    Raises:
        InputError: Anything about the data that can be put right, all of it at once.
    """
    if isinstance(source, str) and sample_of(source, (NAME,)):
        source = write_digit_scenes()
    reading = ImageReading(image_size, resize, bit_depth, ImageColumns(image, label, suffix))
    raise_problems(reading.problems())
    targets = targets_of(source, classes, ignore, MaskStore(image_size, resize))
    given = Given(
        source,
        labels=labels,
        data_dir=data_dir,
        validation_data=validation_data,
        test_data=test_data,
        skip_broken=skip_broken,
    )
    wish = Wish(validation_share, test_share, seed, earlier, group)
    splits = read_splits(
        given, targets, reading, wish, sources=MASK_SOURCES, memory_limit=memory_limit, progress=progress
    )
    schema = cast(Masks, splits.schema)
    return replace(splits, schema=schema.fitted(np.asarray(splits.train.targets)))


def targets_of(
    source: Data, classes: str | Path | Iterable[str] | None, ignore: int | str, store: MaskStore
) -> MaskTargets:
    """Returns the kind of target for what a user says of masks.

    Raises:
        InputError: That can't be used.
    """
    beside = None
    if isinstance(source, str | Path):
        path = Path(source).expanduser()
        beside = path if path.is_dir() else path.parent
    names, colours = classes_of(classes, beside)
    if names is None and isinstance(source, str | Path):
        names = class_names(Path(source).expanduser())
    codes = () if colours is None else colours.codes
    if names and codes and isinstance(ignore, int) and 0 <= ignore < len(codes):
        names = (
            *names[:ignore],
            *names[ignore + 1 :],
        )  # as others, its line has the number that it counts to
    wish = MaskWish(names, ignore, codes)
    raise_problems(wish.problems())
    store.colours = colours
    return MaskTargets(wish, store)


def read_labelled_masks(
    source: str | Path, schema: Schema, reading: ImageReading, skip_broken: bool
) -> ImageSplit:
    """Reads images with masks to evaluate a model on; see `Task.read_labelled`."""
    if sample_of(str(source), (NAME,)):
        source = write_digit_scenes()
    schema = cast(Masks, schema)
    store = MaskStore(reading.image_size, reading.resize, schema.outside, schema.coloured)
    given = Given(source, wanted=stored(schema, store), skip_broken=skip_broken)
    return read_split(given, MaskTargets(store=store), reading, sources=MASK_SOURCES)


def restore_mask_splits(path: Path, data: JsonFields, schema: Masks, reading: ImageReading) -> ImageSplits:
    """Reads the images of a run again, and their masks; see `Task.restore_splits`."""
    store = MaskStore(reading.image_size, reading.resize, schema.outside, schema.coloured)
    known = stored(schema, store)
    splits = restore_splits(path, data, MaskTargets(store=store), known, reading, sources=MASK_SOURCES)
    return replace(splits, schema=schema)
