"""`read_images` and `read_labelled`: from whatever the user has to splits of decoded pictures."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from kerasft.base.errors import InputError, Problem, raise_problems
from kerasft.contract.splits import ARRAYS, Split, Splits, balance_notes, make_split, make_splits
from kerasft.data.folder import list_folder
from kerasft.data.image_columns import LOOK, ImageColumns
from kerasft.data.listing import Labelled, Listing, as_class_names, check_bit_depth, check_resize
from kerasft.data.own_splits import (
    check_outside,
    empty_problems,
    flag_of,
    given_sources,
    join,
    require_training,
    splits_of,
)
from kerasft.data.placing import Wish, place
from kerasft.data.samples import sample_of
from kerasft.data.splitting import contradiction_problems, find_copies, share_problems
from kerasft.data.tables import list_csv
from kerasft.data.tfds import PREFIX as TFDS
from kerasft.data.tfds import list_tfds
from kerasft.inputs.images.arrays import list_arrays
from kerasft.inputs.images.depth_notes import depth_notes, depth_problems
from kerasft.inputs.images.digits import NAME as DIGITS
from kerasft.inputs.images.digits import write_digits
from kerasft.inputs.images.loading import AUTO, Progress, broken_problems, load


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
) -> Splits:
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
        listing = join(listing, name, found, _source_name(other))
    loaded = load(
        listing, image_size, resize, bit_depth=bit_depth or AUTO, memory_limit=memory_limit, progress=progress
    )
    remarks, found_depth = depth_notes(loaded) if bit_depth is None else [], loaded.bit_depth
    copies = find_copies(loaded.items, loaded.pixels)
    raise_problems(depth_problems(loaded, copies.contradictory))
    if not skip_broken:
        raise_problems(broken_problems(loaded.broken) + contradiction_problems(copies.contradictory))
    had = splits_of(loaded.items, copies.contradictory)
    loaded.keep(copies.keep)
    require_training(had, splits_of(loaded.items), _source_name(source), "picture")
    wish = Wish(validation_share, test_share, seed, earlier, group)
    where = {"source": _source_name(source)} | {f"{name}_data": _source_name(own[name]) for name in own}
    given, header = listing.given_splits, listing.header
    named = {"image": image, "label": label, "suffix": suffix}
    data = {**where, "data_dir": data_dir, "columns": named}
    placed = place(loaded.items, loaded.pixels, loaded.hashes, names, given, wish, data, header=header)
    raise_problems(empty_problems(placed.rows, given, had, where, "picture"))
    splits = make_splits(loaded, placed.rows, names)
    labels = {name: split.labels for name, split in splits.items()}
    return Splits(
        splits["train"],
        splits["validation"],
        splits["test"],
        class_names=names,
        image_size=image_size,
        resize=resize,
        **where,
        seed=seed,
        group=placed.group,
        group_sides=placed.group_sides,
        skipped=_skipped(loaded.broken, copies.contradictory),
        data_dir=None if data_dir is None else Path(data_dir).expanduser().absolute().as_posix(),
        bit_depth=bit_depth or found_depth,
        columns=None if columns == LOOK else columns,
        notes=(
            *listing.notes,
            *remarks,
            *copies.notes,
            *placed.notes,
            *balance_notes(labels, names),
        ),
    )


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
) -> Split:
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
        listing = _only_test(listing, _source_name(source))
    loaded = load(
        listing, image_size, resize, bit_depth=bit_depth, memory_limit=memory_limit, progress=progress
    )
    if not skip_broken:
        raise_problems(broken_problems(loaded.broken))
    if not loaded.items:
        raise InputError(Problem("there are no pictures to evaluate", _source_name(source), "check the path"))
    split = make_split("test", loaded, 0, len(loaded.items), class_names)
    return replace(split, skipped=_skipped(loaded.broken, []))


def _skipped(broken: list[tuple[str, str]], contradictory: list[list[Labelled]]) -> tuple[str, ...]:
    lines = [f"{name}: {reason}" for name, reason in broken]
    lines += [f"{item.id}: the same picture is in two classes" for items in contradictory for item in items]
    return tuple(lines)


def list_source(
    source: Any,
    class_names: tuple[str, ...] | None,
    data_dir: str | Path | None,
    labels: Any,
    columns: ImageColumns = LOOK,
    *,
    download: bool = False,
    all_needed: bool = True,
    flag: str = "--data",
) -> Listing:
    """Lists the pictures of any source, not yet decoded; arguments as for `read_images` and `list_folder`."""
    if source is None or (isinstance(source, str) and source.strip() == ""):
        raise InputError(Problem("no data was given", "", f"give a folder, a CSV or tfds:NAME with {flag}"))
    if not isinstance(source, (str, Path)):
        return list_arrays(source, labels, class_names, all_needed=all_needed)
    if labels is not None:
        what = "labels= goes with an array only: a folder, CSV or TFDS data set has its own"
        raise InputError(Problem(what, str(source), "leave labels out"))
    text = str(source)
    if text.startswith(TFDS):
        return list_tfds(text, class_names, data_dir=data_dir, download=download, all_needed=all_needed)
    path = Path(text).expanduser()
    if sample_of(text, (DIGITS,)):
        path = write_digits()
    if path.suffix.lower() in (".csv", ".tsv") and not os.path.isdir(path):
        options: dict[str, Any] = {"all_needed": all_needed, "flag": flag}
        return list_csv(path, class_names, data_dir=data_dir, columns=columns, **options)
    return list_folder(path, class_names, all_needed=all_needed, flag=flag)


def _source_name(source: Any) -> str:
    if not isinstance(source, (str, Path)):
        return ARRAYS
    text = str(source)
    if text.startswith(TFDS):
        return text
    return sample_of(text, (DIGITS,)) or Path(text).expanduser().absolute().as_posix()


def _only_test(listing: Listing, received: str) -> Listing:
    if "test" not in listing.given_splits:
        what = "the data has splits, and none of them is test"
        raise InputError(
            Problem(what, received, "add test/, or give one split's folder, such as .../validation")
        )

    def items():
        return (item for item in listing.items() if item.split == "test")

    return Listing(listing.count, items, listing.class_names, ("test",), listing.notes)
