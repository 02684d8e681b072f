"""`read_images` and `read_labelled`: from whatever the user has to splits of decoded pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from kerasft.base.errors import InputError, Problem, raise_problems
from kerasft.data.image_columns import LOOK, ImageColumns
from kerasft.data.listing import as_class_names, check_bit_depth, check_resize, require
from kerasft.data.own_splits import check_outside, flag_of, given_sources, join
from kerasft.data.placing import Wish
from kerasft.data.reading import Found, draw_splits, restored, split_of
from kerasft.data.splits_file import read_split_rows
from kerasft.data.splitting import Copies, share_problems
from kerasft.inputs.images.depth_notes import depth_notes, depth_problems
from kerasft.inputs.images.kind import IMAGES
from kerasft.inputs.images.loading import AUTO, Progress, broken_problems, load
from kerasft.inputs.images.reading import ARRAYS, list_source, locate, only_test, source_name
from kerasft.inputs.images.splits import ImageReading, ImageSplit, ImageSplits
from kerasft.targets.classes.schema import Classes


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
    """Reads labelled pictures, decodes and resizes each once, and draws the splits that the source lacks.

    Args:
        source: A folder of class folders (or of train/, validation/ and test/ with class folders), a CSV
            with the columns path, label and perhaps split, "tfds:NAME", "digits", or a numpy array
            (n, height, width, 3 or 1), values 0..255, with `labels`.
        image_size: Side of the pictures given to the model, in pixels.
        resize: "stretch" (the whole picture, whatever its proportions) or "crop" (the central square).
        bit_depth: Of files with 16 bits per channel, the bits that count, from 8 to 16; None looks at all values.
            It is recorded, and every artifact of the run reads such files in the same way.
        validation_share: Share of the training pictures drawn for validation, when the source has none.
        test_share: The same for the test split.
        seed: The same seed and pictures give the same splits.
        skip_broken: Leave out pictures that can't be decoded or are in two classes, instead of refusing.
        class_names: A class list to enforce, in label order; the sorted names when None.
        data_dir: For a CSV, the folder that its paths are relative to; for TFDS, the folder of data sets.
        image: For a CSV: the column of paths, names or ids; None looks for it.
        label: For a CSV: the column of classes; None looks for it, or for one column of 0 and 1 per class.
        suffix: For a CSV: what ids lack to be file names, such as ".jpg"; "" looks.
        labels: For an array: class names, or indexes into `class_names`.
        download: For TFDS: download the data set when it is not there.
        memory_limit: In bytes; beyond it pictures are kept in a temporary file (see `TMPDIR`). None is a
            share of the free memory.
        progress: Called as progress(done, total) while pictures are decoded.
        earlier: The run (or its folder) that the model starts from. What it and those before it knew keeps its side,
            so that the test split is of pictures that were never trained on.
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
    problems = (
        check_resize(image_size, resize)
        + check_bit_depth(bit_depth)
        + share_problems(validation_share, test_share)
    )
    class_names = as_class_names(class_names, problems)
    raise_problems(problems)
    columns = ImageColumns(image, label, suffix)
    listing = list_source(source, class_names, data_dir, labels, columns, download=download)
    names, own = listing.class_names, given_sources(validation_data, test_data)
    for name, other in own.items():
        check_outside(name, other, source, listing.given_splits)
        options: dict[str, Any] = {"download": download, "all_needed": False, "flag": flag_of(name)}
        found = list_source(other, names, data_dir, None, replace(columns, required=False), **options)
        listing = join(listing, name, found, source_name(other))
    loaded = load(
        listing, image_size, resize, bit_depth=bit_depth or AUTO, memory_limit=memory_limit, progress=progress
    )

    def check(copies: Copies) -> None:
        raise_problems(depth_problems(loaded, copies.contradictory))

    reading = ImageReading(
        image_size, resize, bit_depth or loaded.bit_depth, None if columns == LOOK else columns
    )
    everything = Found(
        loaded,
        Classes(names),
        IMAGES.column_of_table,
        listing.given_splits,
        {"source": source_name(source)} | {f"{name}_data": source_name(own[name]) for name in own},
        listing.header,
        {"image": image, "label": label, "suffix": suffix},
        data_dir,
        notes=(*listing.notes, *(depth_notes(loaded) if bit_depth is None else [])),
        broken=broken_problems(loaded.broken),
        skipped=[f"{name}: {reason}" for name, reason in loaded.broken],
        check=check,
    )
    wish = Wish(validation_share, test_share, seed, earlier, group)
    return draw_splits(everything, wish, reading, ImageSplits, skip_broken)


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
    """Reads labelled pictures to evaluate on, in the order of their ids, with the class list of a model.

    A source that has splits of its own gives its test split. Classes without pictures are allowed; classes
    beyond the list are not. Arguments are those of `read_images`; `bit_depth` is the model's, and
    `columns` what is named of a table's.

    Returns:
        One split named "test".

    Raises:
        InputError: The data can't be used with this class list.
    """
    problems = check_resize(image_size, resize)
    class_names = as_class_names(class_names, problems) or ()
    raise_problems(problems)
    listing = list_source(source, class_names, data_dir, labels, columns, all_needed=False)
    if listing.given_splits:
        listing = only_test(listing, source_name(source))
    loaded = load(
        listing, image_size, resize, bit_depth=bit_depth, memory_limit=memory_limit, progress=progress
    )
    if not skip_broken:
        raise_problems(broken_problems(loaded.broken))
    if not loaded.items:
        raise InputError(Problem("there are no pictures to evaluate", source_name(source), "check the path"))
    split = split_of("test", loaded, slice(None), Classes(class_names), ImageSplit)
    return replace(split, skipped=tuple(f"{name}: {reason}" for name, reason in loaded.broken))


def restore_splits(
    path: str | Path,
    source: str,
    class_names: tuple[str, ...],
    image_size: int,
    resize: str,
    data_dir: str | Path | None = None,
    *,
    bit_depth: int | None = None,
    seed: int = 0,
    own: Mapping[str, str] = MappingProxyType({}),
    memory_limit: int | None = None,
    progress: Progress | None = None,
) -> ImageSplits:
    """Reads the splits of an earlier run again: the same files in the same order, or an error.

    Args:
        path: A file of `write_splits`.
        source: As in `Splits.source`: a folder, a CSV, "tfds:NAME" or "digits".
        class_names: The class list of the run.
        image_size: Side of the pictures, in pixels.
        resize: "stretch" or "crop".
        data_dir: As for `read_images`.
        bit_depth: The bits of 16-bit files that the run reads.
        seed: The seed that the splits were drawn with, for the record.
        own: The sources of splits that have their own, by split name.
        memory_limit: See `store.new_store`.
        progress: Called as progress(done, total).

    Raises:
        InputError: Files are missing or changed, all listed; or the pictures were arrays, which kerasft
            doesn't keep.
    """
    source = str(source)
    what = "the pictures of this run were arrays in memory, which are not kept on disk"
    require(source != ARRAYS, Problem(what, source, "pass the Splits that the run was made with"))
    raise_problems(check_resize(image_size, resize))
    wanted = read_split_rows(Path(path), class_names)
    loaded = load(
        locate(source, wanted, class_names, data_dir, own),
        image_size,
        resize,
        bit_depth=bit_depth,
        memory_limit=memory_limit,
        progress=progress,
    )
    return restored(
        loaded,
        wanted,
        dict(loaded.broken),
        ImageSplits,
        schema=Classes(tuple(class_names)),
        reading=ImageReading(image_size, resize, bit_depth),
        source=source,
        seed=seed,
        data_dir=None if data_dir is None else str(data_dir),
        **{f"{name}_data": place for name, place in own.items()},
    )
