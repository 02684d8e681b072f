"""Any source of images, listed: a folder, a table, a data set of TFDS, arrays or the digits."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from kerasft.base.errors import InputError, Problem
from kerasft.base.json_values import JsonFields
from kerasft.contract.splits import Schema
from kerasft.contract.targets import Targets
from kerasft.data.folder import list_folder
from kerasft.data.given import ARRAYS, Given
from kerasft.data.listing import Item, Listing, find_file, listing_of
from kerasft.data.own_splits import apart, flag_of_prefix, recorded_sources, require_in_place
from kerasft.data.samples import name_of_source, sample_of
from kerasft.data.signatures import TABLE_SUFFIXES
from kerasft.data.tfds import PREFIX as TFDS
from kerasft.inputs.images.arrays import list_arrays
from kerasft.inputs.images.columns import LOOK, ImageColumns
from kerasft.inputs.images.digits import NAME as DIGITS
from kerasft.inputs.images.digits import write_digits
from kerasft.inputs.images.files import IMAGES
from kerasft.inputs.images.table import list_table, read_labels
from kerasft.inputs.images.tfds import list_tfds


def list_source(
    given: Given,
    targets: Targets,
    wanted: Schema | None = None,
    columns: ImageColumns = LOOK,
    *,
    all_needed: bool = True,
    flag: str = "--data",
) -> Listing:
    """Lists the images of any source, not yet decoded.

    Args:
        given: The source.
        targets: What the labels mean.
        wanted: A schema that is already fixed.
        columns: Of a table.
        all_needed: Whether images of all that `wanted` has are needed.
        flag: The flag that holds the source, for messages.

    Raises:
        InputError: Anything about the source that can be put right.
    """
    source, labels, data_dir = given.source, given.labels, given.data_dir
    if source is None or (isinstance(source, str) and source.strip() == ""):
        raise InputError(Problem("no data was given", "", f"give a folder, a CSV or tfds:NAME with {flag}"))
    if not isinstance(source, (str, Path)):
        return list_arrays(source, labels, targets, wanted, all_needed=all_needed)
    if labels is not None:
        what = "labels= goes with an array only: a folder, CSV or TFDS data set has its own"
        raise InputError(Problem(what, str(source), "leave labels out"))
    text = str(source)
    if text.startswith(TFDS):
        return list_tfds(
            text, targets, wanted, data_dir=data_dir, download=given.download, all_needed=all_needed
        )
    path = Path(text).expanduser()
    if sample_of(text, (DIGITS,)):
        path = write_digits()
    if path.suffix.lower() in TABLE_SUFFIXES and not os.path.isdir(path):
        return list_table(
            path, targets, wanted, data_dir=data_dir, columns=columns, all_needed=all_needed, flag=flag
        )
    return list_folder(path, targets, wanted, kind=IMAGES, all_needed=all_needed, flag=flag)


def source_name(source: object) -> str:
    """Returns what `Splits.source` holds."""
    return name_of_source(source, (DIGITS,), ARRAYS)


def only_test(listing: Listing, received: str) -> Listing:
    """Returns the test split alone of a source that has splits; `received` is what the user gave."""
    if "test" not in listing.given_splits:
        what = "the data has splits, and none of them is test"
        raise InputError(
            Problem(what, received, "add test/, or give one split's folder, such as .../validation")
        )

    def items() -> Iterator[Item]:
        return (item for item in listing.items() if item.split == "test")

    return Listing(listing.count, items, listing.schema, ("test",), listing.notes)


def locate(
    data: JsonFields,
    wanted: Mapping[str, tuple[Item, str]],
    targets: Targets,
    schema: Schema,
    columns: ImageColumns,
) -> Listing:
    """Lists the images of an earlier run where they are now; arguments as for `restore_splits`."""
    parts = []
    for prefix, where, part in apart(wanted, recorded_sources(data)):
        place, flag = where or data["source"], flag_of_prefix(prefix)
        parts.append((prefix, _locate(place, part, targets, schema, data.get("data_dir"), flag, columns)))

    def items() -> Iterator[Item]:
        for prefix, listing in parts:
            yield from (replace(item, id=prefix + item.id) for item in listing.items())

    return Listing(len(wanted), items, schema)


def _locate(
    source: str,
    wanted: Mapping[str, tuple[Item, str]],
    targets: Targets,
    schema: Schema,
    data_dir: str | Path | None,
    flag: str,
    columns: ImageColumns,
) -> Listing:
    if source.startswith(TFDS):
        listing = list_tfds(source, targets, data_dir=data_dir)
        return Listing(len(wanted), lambda: (item for item in listing.items() if item.id in wanted), schema)
    root = write_digits() if source == DIGITS else Path(source)
    require_in_place(root, flag)
    labels: Mapping[str, str] = {}
    if os.path.isfile(root) and wanted:
        labels = read_labels(root, targets, schema, columns, data_dir, wanted, flag)
        root = Path(data_dir) if data_dir is not None else root.parent
    items = [
        Item(name, labels.get(name, item.label), find_file(root, name) or root / name, item.split)
        for name, (item, _) in wanted.items()
    ]
    return listing_of(items, schema)


class List(Protocol):
    """Lists the images of a source: see `list_source`."""

    def __call__(
        self,
        given: Given,
        targets: Targets,
        wanted: Schema | None = None,
        columns: ImageColumns = LOOK,
        *,
        all_needed: bool = True,
        flag: str = "--data",
    ) -> Listing:
        """Returns them, not yet decoded."""


class Locate(Protocol):
    """Lists the images of an earlier run: see `locate`."""

    def __call__(
        self,
        data: JsonFields,
        wanted: Mapping[str, tuple[Item, str]],
        targets: Targets,
        schema: Schema,
        columns: ImageColumns,
    ) -> Listing:
        """Returns them, those that are still there."""


@dataclass(frozen=True)
class Sources:
    """How a task finds images and their answers, where these lie elsewhere than in folders' names and tables.

    Args:
        list: Lists a source.
        locate: Lists the images of an earlier run where they are now.
    """

    list: List = list_source
    locate: Locate = locate


SOURCES = Sources()


def located_by(list_again: List) -> Locate:
    """Returns what finds the images of an earlier run, with the answers that they have now, by listing them again.

    Args:
        list_again: Lists a source with its answers.
    """

    def locate_listed(
        data: JsonFields,
        wanted: Mapping[str, tuple[Item, str]],
        targets: Targets,
        schema: Schema,
        columns: ImageColumns,
    ) -> Listing:
        parts = []
        for prefix, where, part in apart(wanted, recorded_sources(data)):
            if not part:
                continue
            place, flag = where or data["source"], flag_of_prefix(prefix)
            require_in_place(Path(place), flag)
            given = Given(place, data_dir=data.get("data_dir"), skip_broken=True)
            listing = list_again(given, targets, schema, columns, all_needed=False, flag=flag)
            parts.append((prefix, part, listing))

        def items() -> Iterator[Item]:
            for prefix, part, listing in parts:
                for item in listing.items():
                    if item.id in part:
                        yield replace(item, id=prefix + item.id, split=part[item.id][0].split)

        return Listing(len(wanted), items, schema)

    return locate_listed
