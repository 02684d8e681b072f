"""Where images and their masks are: folders side by side, or a table of both."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from kerasft.base.errors import InputError, Problem, raise_problems
from kerasft.base.folding import Fault, fault_problems
from kerasft.base.places import elsewhere
from kerasft.base.wording import plural, shorten
from kerasft.contract.answers import Place
from kerasft.contract.splits import SPLITS, Schema
from kerasft.contract.targets import Targets
from kerasft.data.given import Given
from kerasft.data.listing import Item, Listing, find_file, listing_of, splits_by_label
from kerasft.data.signatures import TABLE_SUFFIXES
from kerasft.data.tables import open_table
from kerasft.inputs.images.coco import coco_files
from kerasft.inputs.images.columns import LOOK, ImageColumns
from kerasft.inputs.images.rows import rows_of
from kerasft.inputs.images.sources import Sources, located_by
from kerasft.inputs.images.table import list_table
from kerasft.targets.masks.decoding import BrokenMaskError, decode_mask
from kerasft.targets.masks.kind import MaskTargets
from kerasft.targets.masks.reading import notes_on
from kerasft.targets.masks.schema import Masks
from kerasft.targets.masks.spelling import remembered
from kerasft.tasks.image_segmentation.arrays import array_pairs
from kerasft.tasks.image_segmentation.coco_pairs import painted_pairs
from kerasft.tasks.image_segmentation.masks import Read, Wanted, read_masks
from kerasft.tasks.image_segmentation.pairs import LAYOUT, MASK_FOLDERS, find_pairs

MASK_COLUMNS = ("mask", "masks", "mask_path", "mask_file", "segmentation", "annotation", "label", "labels")
_FOLDERS = ("", *(f"{name}/" for name in MASK_FOLDERS))


def list_masks(
    given: Given,
    targets: Targets,
    wanted: Schema | None = None,
    columns: ImageColumns = LOOK,
    *,
    all_needed: bool = True,
    flag: str = "--data",
) -> Listing:
    """Lists images with their masks, which are read; see `kerasft.inputs.images.sources.list_source`."""
    assert isinstance(targets, MaskTargets) and (wanted is None or isinstance(wanted, Masks))
    received = given.named("images with masks", flag)
    path = Path(received)
    if not isinstance(given.source, str | Path):
        pairs, notes = array_pairs(given.source, given.labels, given.skip_broken, targets.store.colours)
    elif path.suffix.lower() in TABLE_SUFFIXES and not os.path.isdir(path):
        return _list_table(path, targets, wanted, given, columns, all_needed=all_needed, flag=flag)
    elif files := coco_files(path):
        pairs, notes = painted_pairs(path, files, wanted, targets.wish, given.data_dir)
    else:
        pairs, notes = find_pairs(path, flag, targets.store.colours)
    found = read_masks(((pair.name, pair.read, pair.image) for pair in pairs), targets.store)
    broken = {pair.name: each for pair in pairs if isinstance(each := found[pair.name], BrokenMaskError)}
    if broken and given.skip_broken:
        listed = shorten((f"{name} ({error})" for name, error in broken.items()), 3)
        notes.append(f"{plural(len(broken), 'image')} left out, whose masks can't be used: {listed}")
    problems = [] if given.skip_broken else _broken_problems(broken)
    items = [
        Item(pair.id, str(found[pair.name]), pair.image, pair.split)
        for pair in pairs
        if pair.name not in broken
    ]
    place = Place(received, LAYOUT, flag, all_needed=all_needed, complete=not problems)
    schema, of_labels = targets.find_schema(splits_by_label(items), wanted, place)
    raise_problems([*problems, *of_labels])
    splits = tuple(name for name in SPLITS if any(item.split == name for item in items))
    notes += notes_on(schema, targets.wish) if wanted is None else []
    return listing_of(items, schema, splits, notes)


def _broken_problems(broken: Mapping[str, BrokenMaskError]) -> list[Problem]:
    faults = [Fault(name, str(error), error.next_step) for name, error in broken.items()]
    one, several, step = "a mask can't be used", "{} can't be used", "--skip-broken leaves them all out"
    return fault_problems(faults, one, several, "mask", "that can't be used", step)


def _list_table(
    path: Path,
    targets: MaskTargets,
    wanted: Masks | None,
    given: Given,
    columns: ImageColumns,
    *,
    all_needed: bool,
    flag: str,
) -> Listing:
    root = path.parent if given.data_dir is None else Path(given.data_dir)
    if not path.is_file():
        raise InputError(Problem("the table does not exist", str(path), f"check the path in {flag}"))
    columns = with_masks(path, columns)
    reading = targets.reading(remembered(_masks_of(path, root, columns, targets)))
    listing = list_table(
        path, reading, wanted, data_dir=given.data_dir, columns=columns, all_needed=all_needed, flag=flag
    )
    more = (
        notes_on(listing.schema, targets.wish) if wanted is None and isinstance(listing.schema, Masks) else []
    )
    return replace(listing, notes=(*listing.notes, *more))


def with_masks(path: Path, columns: ImageColumns) -> ImageColumns:
    """Returns the columns of a table with that of the masks, where none is named and one has a known name."""
    if columns.label is not None:
        return columns
    header = open_table(path).header
    names = {name.strip().lower(): name for name in reversed(header)}
    return replace(columns, label=next((names[each] for each in MASK_COLUMNS if each in names), None))


def _masks_of(path: Path, root: Path, columns: ImageColumns, targets: MaskTargets) -> Read:
    """Reads all masks that a table names."""
    wanted: dict[str, Wanted] = {}
    away: dict[str, str | BrokenMaskError] = {}
    for row in rows_of(path, columns, root, targets):
        name = row.label.strip() if isinstance(row.label, str) else ""
        if not name or name in wanted or name in away:
            continue
        if why := elsewhere(name):
            what = f"the path is {why}, and only files of this computer are read"
            away[name] = BrokenMaskError(what, "copy the mask here and write its path")
        elif (mask := _mask_file(root, name)) is not None:
            image = None if elsewhere(row.path) else find_file(root, row.path)
            wanted[name] = (name, partial(decode_mask, mask, targets.store.colours), image)
    return {**read_masks(wanted.values(), targets.store), **away}


def _mask_file(root: Path, name: str) -> Path | None:
    names: Sequence[str] = (name,) if Path(name).suffix else (name, f"{name}.png")
    found = (find_file(root, f"{folder}{each}") for folder in _FOLDERS for each in names)
    return next((each for each in found if each is not None), None)


MASK_SOURCES = Sources(list_masks, located_by(list_masks))
