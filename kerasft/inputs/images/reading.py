"""From whatever the user has to splits of decoded images, for any kind of target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from kerasft.base.errors import InputError, Problem, raise_problems
from kerasft.contract.splits import Schema
from kerasft.contract.targets import Targets
from kerasft.data.listing import Listing, require
from kerasft.data.own_splits import check_outside, flag_of, given_sources, join
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
    source: Any,
    targets: Targets,
    reading: ImageReading,
    wish: Wish,
    *,
    wanted: Any = None,
    labels: Any = None,
    data_dir: str | Path | None = None,
    validation_data: Any = None,
    test_data: Any = None,
    download: bool = False,
    skip_broken: bool = False,
    memory_limit: int | None = None,
    progress: Progress | None = None,
) -> ImageSplits:
    """Reads images with their answers, decodes and resizes each once, and draws the splits that the source lacks.

    Args:
        source: A folder whose folders are named as the answers (or of train/, validation/ and test/ with such folders),
            a table of images and answers, "tfds:NAME", "digits", or a numpy array with `labels`.
        targets: What the answers mean.
        reading: The size of the images, the bits of 16-bit files (None looks at all values), the columns of a table.
        wish: How to draw.
        wanted: What the answers can be, where that is fixed: see `Targets.wanted`.
        labels: The answers, for an array.
        data_dir: Of a table, the folder that its paths are relative to; of TFDS, the folder of data sets.
        validation_data: A source of its own for the validation split.
        test_data: The same for the test split.
        download: Whether TFDS downloads a data set that is not there.
        skip_broken: Whether images that can't be decoded or have two answers are left out, instead of refused.
        memory_limit: In bytes; see `store.new_store`.
        progress: Called as progress(done, total) while images are decoded.

    Raises:
        InputError: Anything about the data that can be put right, all of it at once.
        UnavailableError: The TFDS data set is not on this machine, or its package is missing.
    """
    problems = [*reading.problems(), *wish.problems()]
    fixed = targets.wanted(wanted, problems)
    raise_problems(problems)
    columns, given_depth = reading.columns or LOOK, reading.bit_depth
    listing = list_source(source, targets, fixed, data_dir, labels, columns, download=download)
    own = given_sources(validation_data, test_data)
    for name, other in own.items():
        check_outside(name, other, source, listing.given_splits)
        options: dict[str, Any] = {"download": download, "all_needed": False, "flag": flag_of(name)}
        looked_for = replace(columns, required=False)
        found = list_source(other, targets, listing.schema, data_dir, None, looked_for, **options)
        listing = join(listing, name, found, source_name(other))
    loaded = _load(listing, reading, given_depth or AUTO, memory_limit, progress)

    def check(copies: Copies) -> None:
        raise_problems(depth_problems(loaded, copies.contradictory))

    everything = Found(
        loaded,
        listing.schema,
        IMAGES.column_of_table,
        listing.given_splits,
        {"source": source_name(source)} | {f"{name}_data": source_name(own[name]) for name in own},
        listing.header,
        {"image": columns.image, "label": columns.label, "suffix": columns.suffix},
        data_dir,
        notes=(*listing.notes, *(depth_notes(loaded) if given_depth is None else [])),
        broken=broken_problems(loaded.broken),
        skipped=[f"{name}: {reason}" for name, reason in loaded.broken],
        check=check,
    )
    reading = replace(
        reading,
        bit_depth=given_depth or loaded.bit_depth,
        columns=None if columns == LOOK else columns,
    )
    return draw_splits(everything, wish, reading, ImageSplits, skip_broken)


def read_split(
    source: Any,
    targets: Targets,
    wanted: Any,
    reading: ImageReading,
    *,
    labels: Any = None,
    data_dir: str | Path | None = None,
    skip_broken: bool = False,
    memory_limit: int | None = None,
    progress: Progress | None = None,
) -> ImageSplit:
    """Reads images with their answers to evaluate on, in the order of their ids.

    A source that has splits of its own gives its test split. Answers beyond `wanted` are refused, fewer are not.

    Args:
        source: As for `read_splits`, and so are the others.
        targets: What the answers mean.
        wanted: What a model answers.
        reading: As the model takes images.
        labels: The answers, for an array.
        data_dir: As for `read_splits`.
        skip_broken: Whether images that can't be decoded are left out and told, instead of refused.
        memory_limit: In bytes.
        progress: Called as progress(done, total).

    Returns:
        One split named "test".

    Raises:
        InputError: The data can't be used with these answers.
    """
    problems = reading.problems()
    fixed = targets.wanted(wanted, problems)
    raise_problems(problems)
    columns = reading.columns or LOOK
    listing = list_source(source, targets, fixed, data_dir, labels, columns, all_needed=False)
    if listing.given_splits:
        listing = only_test(listing, source_name(source))
    loaded = _load(listing, reading, reading.bit_depth, memory_limit, progress)
    if not skip_broken:
        raise_problems(broken_problems(loaded.broken))
    if not loaded.items:
        raise InputError(Problem("there are no pictures to evaluate", source_name(source), "check the path"))
    split = split_of("test", loaded, slice(None), listing.schema, ImageSplit)
    return replace(split, skipped=tuple(f"{name}: {reason}" for name, reason in loaded.broken))


def restore_splits(
    path: str | Path,
    source: str,
    targets: Targets,
    schema: Schema,
    reading: ImageReading,
    data_dir: str | Path | None = None,
    *,
    seed: int = 0,
    own: Mapping[str, str] = MappingProxyType({}),
    memory_limit: int | None = None,
    progress: Progress | None = None,
) -> ImageSplits:
    """Reads the splits of an earlier run again: the same files in the same order with the same answers, or an error.

    Args:
        path: A file of `write_splits`.
        source: As in `Splits.source`: a folder, a table, "tfds:NAME" or "digits".
        targets: What the answers mean.
        schema: Of the run.
        reading: Of the run.
        data_dir: As for `read_splits`.
        seed: The seed that the splits were drawn with, for the record.
        own: The sources of splits that have their own, by split name.
        memory_limit: In bytes; see `store.new_store`.
        progress: Called as progress(done, total).

    Raises:
        InputError: Files are missing, or they or their answers have changed, all listed; or the images were arrays,
            which kerasft doesn't keep.
    """
    source = str(source)
    what = "the pictures of this run were arrays in memory, which are not kept on disk"
    require(source != ARRAYS, Problem(what, source, "pass the Splits that the run was made with"))
    raise_problems(reading.problems())
    wanted = read_split_rows(Path(path), schema)
    columns = replace(reading.columns or LOOK, required=False)
    listing = locate(source, wanted, targets, schema, data_dir, own, columns)
    loaded = _load(listing, reading, reading.bit_depth, memory_limit, progress)
    return restored(
        loaded,
        wanted,
        dict(loaded.broken),
        ImageSplits,
        schema=schema,
        reading=reading,
        source=source,
        seed=seed,
        data_dir=None if data_dir is None else str(data_dir),
        **{f"{name}_data": place for name, place in own.items()},
    )


def _load(
    listing: Listing,
    reading: ImageReading,
    bit_depth: int | str | None,
    memory_limit: int | None,
    progress: Progress | None,
) -> Loaded:
    options: dict[str, Any] = {"memory_limit": memory_limit, "progress": progress}
    return load(listing, reading.image_size, reading.resize, bit_depth=bit_depth, **options)
