"""From whatever the user has to splits of decoded images, for any kind of target."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from kerasft.base.errors import InputError, Problem, raise_problems
from kerasft.base.json_values import JsonFields
from kerasft.contract.splits import Schema
from kerasft.contract.targets import Targets
from kerasft.data.given import Given
from kerasft.data.listing import Listing, require
from kerasft.data.own_splits import check_outside, flag_of, join
from kerasft.data.placing import Wish
from kerasft.data.reading import Found, draw_splits, restored, split_of
from kerasft.data.splits_file import read_split_rows
from kerasft.data.splitting import Copies
from kerasft.inputs.images.columns import LOOK
from kerasft.inputs.images.depth_notes import depth_notes, depth_problems
from kerasft.inputs.images.kind import IMAGES
from kerasft.inputs.images.loading import AUTO, Loaded, Progress, broken_problems, load
from kerasft.inputs.images.sources import ARRAYS, list_source, locate, only_test, source_name
from kerasft.inputs.images.splits import ImageReading, ImageSplit, ImageSplits


def read_splits(
    given: Given,
    targets: Targets,
    reading: ImageReading,
    wish: Wish,
    *,
    memory_limit: int | None = None,
    progress: Progress | None = None,
) -> ImageSplits:
    """Reads images with their answers, decodes and resizes each once, and draws the splits that the source lacks.

    Args:
        given: The data; in memory, an array of images.
        targets: What the answers mean.
        reading: The size of the images, the bits of 16-bit files (None looks at all values), the columns of a table.
        wish: How to draw.
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
    listing = list_source(given, targets, fixed, columns)
    for name, other in given.own.items():
        check_outside(name, other, given.source, listing.given_splits)
        looked_for = replace(columns, required=False)
        found = list_source(
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


def read_split(
    given: Given,
    targets: Targets,
    reading: ImageReading,
    *,
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
    listing = list_source(given, targets, fixed, columns, all_needed=False)
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
        locate(data, wanted, targets, schema, columns), reading, reading.bit_depth, memory_limit, progress
    )
    return restored(loaded, wanted, dict(loaded.broken), ImageSplits, data, schema, reading)


def _load(
    listing: Listing,
    reading: ImageReading,
    bit_depth: int | str | None,
    memory_limit: int | None,
    progress: Progress | None,
) -> Loaded:
    options: dict[str, Any] = {"memory_limit": memory_limit, "progress": progress}
    return load(listing, reading.image_size, reading.resize, bit_depth=bit_depth, **options)
