"""From whatever the user has to splits of decoded images, for any kind of target."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from kerasft.base.errors import InputError, Problem, raise_problems
from kerasft.base.json_values import JsonFields
from kerasft.contract.splits import Schema
from kerasft.contract.targets import Targets
from kerasft.data.earlier import EarlierRun
from kerasft.data.given import ARRAYS, Given
from kerasft.data.group_column import Group
from kerasft.data.listing import Listing, require
from kerasft.data.own_splits import Data, check_outside, flag_of, join
from kerasft.data.placing import Wish
from kerasft.data.reading import Found, draw_splits, restored, split_of
from kerasft.data.splits_file import read_split_rows
from kerasft.data.splitting import Copies
from kerasft.inputs.images.columns import LOOK, ImageColumns
from kerasft.inputs.images.depth_notes import depth_notes, depth_problems
from kerasft.inputs.images.kind import IMAGES
from kerasft.inputs.images.loading import AUTO, Loaded, Progress, broken_problems, load
from kerasft.inputs.images.sources import SOURCES, Sources, only_test, source_name
from kerasft.inputs.images.splits import ImageReading, ImageSplit, ImageSplits


def read_splits(
    given: Given,
    targets: Targets,
    reading: ImageReading,
    wish: Wish,
    *,
    sources: Sources = SOURCES,
    memory_limit: int | None = None,
    progress: Progress | None = None,
) -> ImageSplits:
    """Reads images with their answers, decodes and resizes each once, and draws the splits that the source lacks.

    Args:
        given: The data; in memory, an array of images.
        targets: What the answers mean.
        reading: The size of the images, the bits of 16-bit files (None looks at all values), the columns of a table.
        wish: How to draw.
        sources: How images and their answers are found.
        memory_limit: In bytes; see `store.new_store`.
        progress: Called as progress(done, total) while images are decoded.

    Raises:
        InputError: Anything about the data that can be put right, all of it at once.
        UnavailableError: The TFDS data set is not on this machine, or its package is missing.
    """
    problems = [*reading.problems(), *wish.problems()]
    fixed = targets.wanted(given.wanted, problems)
    raise_problems(problems)
    columns, depth = reading.columns or LOOK, reading.bit_depth
    listing = sources.list(given, targets, fixed, columns)
    for name, other in given.own.items():
        check_outside(name, other, given.source, listing.given_splits)
        looked_for = replace(columns, required=False)
        found = sources.list(
            given.other(other), targets, listing.schema, looked_for, all_needed=False, flag=flag_of(name)
        )
        listing = join(listing, name, found, source_name(other))
    loaded = _load(listing, reading, depth or AUTO, memory_limit, progress)

    def check(copies: Copies) -> None:
        raise_problems(depth_problems(loaded, copies.contradictory))

    everything = Found(
        loaded,
        listing.schema,
        IMAGES.column_of_table,
        listing.given_splits,
        given.where(source_name),
        listing.header,
        {"image": columns.image, "label": columns.label, "suffix": columns.suffix},
        given.data_dir,
        notes=(*listing.notes, *(depth_notes(loaded) if depth is None else [])),
        broken=broken_problems(loaded.broken),
        skipped=[f"{name}: {reason}" for name, reason in loaded.broken],
        check=check,
    )
    reading = replace(
        reading,
        bit_depth=depth or loaded.bit_depth,
        columns=None if columns == LOOK else columns,
    )
    return draw_splits(everything, wish, reading, ImageSplits, given.skip_broken)


def read_answered(
    targets: Targets,
    source: Data,
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
    labels: Iterable[object] | None = None,
    download: bool = False,
    memory_limit: int | None = None,
    progress: Progress | None = None,
    earlier: EarlierRun | None = None,
    group: Group | None = None,
    validation_data: Data | None = None,
    test_data: Data | None = None,
) -> ImageSplits:
    """Reads images with their answers, decodes and resizes each once, and draws the splits that the source lacks.

    Args:
        targets: What the answers mean.
        source: A folder of class folders (or of train/, validation/ and test/ with class folders), a CSV
            with the columns path, label and perhaps split, "tfds:NAME", the name of sample data, or a numpy array
            (n, height, width, 3 or 1), values 0..255, with `labels`.
        image_size: Side of the images given to the model, in pixels.
        resize: "stretch" (the whole image, whatever its proportions), "crop" (the central square) or "letterbox" (the
            whole image, its proportions kept, with grey bars).
        bit_depth: Of files with 16 bits per channel, the bits that count, from 8 to 16; None looks at all values.
            It is recorded, and every artifact of the run reads such files in the same way.
        validation_share: Share of the training images drawn for validation, when the source has none.
        test_share: The same for the test split.
        seed: The same seed and images give the same splits.
        skip_broken: Leave out images that can't be decoded or have two answers, instead of refusing.
        class_names: Of classes: a list to enforce, in label order; the sorted names when None.
        data_dir: For a CSV, the folder that its paths are relative to; for TFDS, the folder of data sets.
        image: For a CSV: the column of paths, names or ids; None looks for it.
        label: For a CSV: the column of answers; None looks for it, or for one column of 0 and 1 per class. A number
            is called by its column.
        suffix: For a CSV: what ids lack to be file names, such as ".jpg"; "" looks.
        labels: For an array: class names, or indexes into `class_names`; or numbers, or a list of labels each.
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
    return read_splits(given, targets, reading, wish, memory_limit=memory_limit, progress=progress)


def read_split(
    given: Given,
    targets: Targets,
    reading: ImageReading,
    *,
    sources: Sources = SOURCES,
    memory_limit: int | None = None,
    progress: Progress | None = None,
) -> ImageSplit:
    """Reads images with their answers to evaluate on, in the order of their ids.

    A source that has splits of its own gives its test split. Answers beyond those wanted are refused, fewer are not.
    Arguments are those of `read_splits`.

    Returns:
        One split named "test".

    Raises:
        InputError: The data can't be used with these answers.
    """
    problems = reading.problems()
    fixed = targets.wanted(given.wanted, problems)
    raise_problems(problems)
    columns, source = reading.columns or LOOK, given.source
    listing = sources.list(given, targets, fixed, columns, all_needed=False)
    if listing.given_splits:
        listing = only_test(listing, source_name(source))
    loaded = _load(listing, reading, reading.bit_depth, memory_limit, progress)
    if not given.skip_broken:
        raise_problems(broken_problems(loaded.broken))
    if not loaded.items:
        raise InputError(Problem("there are no images to evaluate", source_name(source), "check the path"))
    split = split_of("test", loaded, slice(None), listing.schema, ImageSplit)
    return replace(split, skipped=tuple(f"{name}: {reason}" for name, reason in loaded.broken))


def restore_splits(
    path: Path,
    data: JsonFields,
    targets: Targets,
    schema: Schema,
    reading: ImageReading,
    *,
    sources: Sources = SOURCES,
    memory_limit: int | None = None,
    progress: Progress | None = None,
) -> ImageSplits:
    """Reads the splits of an earlier run again: the same files in the same order with the same answers, or an error.

    Args:
        path: A file of `write_splits`.
        data: What config.json of the run says of its data.
        targets: What the answers mean.
        schema: Of the run.
        reading: Of the run.
        sources: As for `read_splits`.
        memory_limit: As for `read_splits`.
        progress: As for `read_splits`.

    Raises:
        InputError: Files are missing, or they or their answers have changed, all listed; or the images were arrays,
            which kerasft doesn't keep.
    """
    what = "the images of this run were arrays in memory, which are not kept on disk"
    require(data["source"] != ARRAYS, Problem(what, ARRAYS, "pass the Splits that the run was made with"))
    raise_problems(reading.problems())
    wanted = read_split_rows(path, schema)
    columns = replace(reading.columns or LOOK, required=False)
    loaded = _load(
        sources.locate(data, wanted, targets, schema, columns),
        reading,
        reading.bit_depth,
        memory_limit,
        progress,
    )
    return restored(loaded, wanted, dict(loaded.broken), ImageSplits, data, schema, reading)


def _load(
    listing: Listing,
    reading: ImageReading,
    bit_depth: int | str | None,
    memory_limit: int | None,
    progress: Progress | None,
) -> Loaded:
    return load(
        listing,
        reading.image_size,
        reading.resize,
        bit_depth=bit_depth,
        memory_limit=memory_limit,
        progress=progress,
    )
