"""Where images and their boxes are: COCO's JSON, Pascal VOC, YOLO, or a table."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kerasft.base.errors import InputError, Problem, raise_problems
from kerasft.base.folding import Fault, fault_problems
from kerasft.base.wording import plural, shorten
from kerasft.contract.answers import Place
from kerasft.contract.splits import SPLITS, Schema
from kerasft.contract.targets import Targets
from kerasft.data.given import Given
from kerasft.data.listing import Item, Listing, listing_of, splits_by_label
from kerasft.data.signatures import TABLE_SUFFIXES
from kerasft.inputs.images.coco import coco_files
from kerasft.inputs.images.columns import LOOK, ImageColumns
from kerasft.inputs.images.sources import Sources, located_by
from kerasft.targets.boxes.kind import BoxTargets
from kerasft.targets.boxes.reading import find_boxes, unused_note
from kerasft.targets.boxes.schema import Boxes
from kerasft.targets.boxes.spelling import Box
from kerasft.tasks.object_detection.annotated import (
    CUT,
    EMPTY,
    OUTSIDE,
    BrokenBoxesError,
    Checked,
    Found,
    check_all,
)
from kerasft.tasks.object_detection.arrays import array_boxes
from kerasft.tasks.object_detection.coco import coco_boxes
from kerasft.tasks.object_detection.table import table_boxes
from kerasft.tasks.object_detection.voc import voc_boxes, xml_below
from kerasft.tasks.object_detection.yolo import has_yolo, yolo_boxes

LAYOUT = "give COCO's JSON, a folder of Pascal VOC or YOLO, or a table with a row for each box"
_HOW = {
    CUT: "cut at the edge of the image",
    OUTSIDE: "left out, lying outside the image",
    EMPTY: "left out, having no width or no height",
}


@dataclass(frozen=True)
class Gathered:
    """What was made of a source.

    Args:
        listing: Its images; the notes say nothing of single boxes.
        trims: By the names of images, the boxes that are other ones than in the source, and how.
    """

    listing: Listing
    trims: Mapping[str, Sequence[tuple[Box, str]]]


def list_boxes(
    given: Given,
    targets: Targets,
    wanted: Schema | None = None,
    columns: ImageColumns = LOOK,
    *,
    all_needed: bool = True,
    flag: str = "--data",
) -> Listing:
    """Lists images with their boxes; see `kerasft.inputs.images.sources.list_source`."""
    found = gather(given, targets, wanted, columns, all_needed=all_needed, flag=flag)
    notes = (*found.listing.notes, *_trim_notes(found.trims))
    return replace(found.listing, notes=notes)


def gather(
    given: Given,
    targets: Targets,
    wanted: Schema | None = None,
    columns: ImageColumns = LOOK,
    *,
    all_needed: bool = True,
    flag: str = "--data",
) -> Gathered:
    """Does the same, and keeps the boxes that were changed apart."""
    assert isinstance(targets, BoxTargets) and (wanted is None or isinstance(wanted, Boxes))
    wish, received = targets.wish, given.named("images with boxes", flag)
    if isinstance(given.source, str | Path):
        found = _found(Path(received), wish.names, given, columns, flag)
    else:
        names = wish.names if wanted is None else wanted.class_names
        found = array_boxes(given.source, given.labels, names, given.skip_broken)
    notes = list(found.notes)
    good, broken = _apart(check_all(found.images), notes)
    if broken and given.skip_broken:
        listed = shorten((f"{each.given.id} ({each.fault})" for each in broken), 3)
        notes.append(f"{plural(len(broken), 'image')} left out, whose boxes can't be used: {listed}")
    problems = [] if given.skip_broken else _broken_problems(broken)
    items = [Item(each.given.id, each.label, each.given.image, each.given.split) for each in good]
    place = Place(received, LAYOUT, flag, all_needed=all_needed, complete=not problems)
    labels = splits_by_label(items)
    schema, of_labels = find_boxes(labels, wanted, wish.listing(found.names), place)
    raise_problems([*problems, *of_labels])
    notes += unused_note(schema, labels) if wanted is None else []
    splits = tuple(name for name in SPLITS if any(item.split == name for item in items))
    listing = replace(listing_of(items, schema, splits, notes), header=found.header)
    return Gathered(listing, {each.given.id: each.trims for each in good if each.trims})


def _found(
    path: Path, names: tuple[str, ...] | None, given: Given, columns: ImageColumns, flag: str
) -> Found:
    """Reads a source, by what it is."""
    if path.suffix.lower() in TABLE_SUFFIXES and not os.path.isdir(path):
        return table_boxes(path, columns, given.data_dir, flag)
    if not path.exists():
        raise InputError(Problem("the data does not exist", str(path), f"check the path in {flag}; {LAYOUT}"))
    if files := coco_files(path):
        return coco_boxes(path, files, given.data_dir)
    if has_yolo(path):
        return yolo_boxes(path, names, given.data_dir)
    if path.is_dir() and xml_below(path):
        return voc_boxes(path, given.data_dir)
    raise InputError(Problem("the data has no boxes of a known form", str(path), LAYOUT))


def _apart(checked: Sequence[Checked], notes: list[str]) -> tuple[list[Checked], list[Checked]]:
    """Returns the images that can be used, sorted by id, and those that can't."""
    good: dict[str, Checked] = {}
    broken: dict[str, Checked] = {}
    twice = 0
    for each in checked:
        name = each.given.id
        first = good.get(name)
        if each.fault is not None:
            broken.setdefault(name, each)
        elif first is None:
            good[name] = each
        elif first.given.split != each.given.split:
            broken.setdefault(name, replace(each, fault=BrokenBoxesError("it is listed in two splits")))
        elif first.label != each.label:
            fault = BrokenBoxesError("it is listed twice, with different boxes")
            broken.setdefault(name, replace(each, fault=fault))
        else:
            twice += 1
    if twice:
        notes.append(f"{plural(twice, 'image')} left out, being listed twice")
    kept = [good[name] for name in sorted(good.keys() - broken.keys())]
    return kept, [broken[name] for name in sorted(broken)]


def _broken_problems(broken: Sequence[Checked]) -> list[Problem]:
    faults = [
        Fault(each.given.id, str(each.fault), each.fault.next_step, each.given.where)
        for each in broken
        if each.fault is not None
    ]
    said, step = "the boxes of {} can't be used", "--skip-broken leaves them all out"
    return fault_problems(faults, said, said, "image", "whose boxes can't be used", step)


def _trim_notes(trims: Mapping[str, Sequence[tuple[Box, str]]]) -> list[str]:
    counts = Counter(how for each in trims.values() for _, how in each)
    notes = []
    for how, what in _HOW.items():
        if counts[how]:
            names = [
                f"{box.name} in {name}" for name, each in trims.items() for box, is_so in each if is_so == how
            ]
            notes.append(f"{plural(counts[how], 'box')} {what}: {shorten(names, 3)}")
    return notes


BOX_SOURCES = Sources(list_boxes, located_by(list_boxes))
