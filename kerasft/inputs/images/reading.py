"""Any source of images, listed: a folder, a table, a data set of TFDS, arrays or the digits."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from kerasft.base.errors import InputError, Problem
from kerasft.data.folder import list_folder
from kerasft.data.image_columns import LOOK, ImageColumns
from kerasft.data.listing import Item, Listing, listing_of
from kerasft.data.own_splits import apart, flag_of_prefix, require_in_place
from kerasft.data.samples import sample_of
from kerasft.data.tables import find_file, list_csv
from kerasft.data.tfds import PREFIX as TFDS
from kerasft.data.tfds import list_tfds
from kerasft.inputs.images.arrays import list_arrays
from kerasft.inputs.images.digits import NAME as DIGITS
from kerasft.inputs.images.digits import write_digits
from kerasft.inputs.images.files import IMAGES

ARRAYS = "arrays"


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
    return list_folder(path, class_names, all_needed=all_needed, flag=flag, kind=IMAGES)


def source_name(source: Any) -> str:
    """Returns what `Splits.source` holds."""
    if not isinstance(source, (str, Path)):
        return ARRAYS
    text = str(source)
    if text.startswith(TFDS):
        return text
    return sample_of(text, (DIGITS,)) or Path(text).expanduser().absolute().as_posix()


def only_test(listing: Listing, received: str) -> Listing:
    """Returns the test split alone of a source that has splits; `received` is what the user gave."""
    if "test" not in listing.given_splits:
        what = "the data has splits, and none of them is test"
        raise InputError(
            Problem(what, received, "add test/, or give one split's folder, such as .../validation")
        )

    def items():
        return (item for item in listing.items() if item.split == "test")

    return Listing(listing.count, items, listing.class_names, ("test",), listing.notes)


def locate(
    source: str,
    wanted: dict[str, tuple[Item, str]],
    class_names: tuple[str, ...],
    data_dir: str | Path | None,
    own: Mapping[str, str],
) -> Listing:
    """Lists the pictures of an earlier run where they are now; arguments as for `restore_splits`."""
    parts = [
        (prefix, _locate(where or source, part, class_names, data_dir, flag_of_prefix(prefix)))
        for prefix, where, part in apart(wanted, own)
    ]

    def items() -> Iterator[Item]:
        for prefix, listing in parts:
            yield from (replace(item, id=prefix + item.id) for item in listing.items())

    return Listing(len(wanted), items, tuple(class_names))


def _locate(
    source: str,
    wanted: dict[str, tuple[Item, str]],
    class_names: tuple[str, ...],
    data_dir: str | Path | None,
    flag: str,
) -> Listing:
    if source.startswith(TFDS):
        listing = list_tfds(source, data_dir=data_dir)
        return Listing(
            len(wanted), lambda: (item for item in listing.items() if item.id in wanted), tuple(class_names)
        )
    root = write_digits() if source == DIGITS else Path(source)
    require_in_place(root, flag)
    if os.path.isfile(root):
        root = Path(data_dir) if data_dir is not None else root.parent
    items = [
        Item(name, item.class_name, find_file(root, name) or root / name, item.split)
        for name, (item, _) in wanted.items()
    ]
    return listing_of(items, tuple(class_names))
