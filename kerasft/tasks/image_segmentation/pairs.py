"""Images and masks in folders: side by side, in one folder for each split, or as Pascal VOC has them."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from kerasft.base.errors import InputError, Problem
from kerasft.base.wording import plural, shorten
from kerasft.data.listing import SPLIT_NAMES, Item
from kerasft.data.scan import Scan, is_folder, share_below
from kerasft.inputs.images.files import IMAGES
from kerasft.inputs.images.voc_lists import LISTS, listed_splits
from kerasft.targets.masks.colours import Colours
from kerasft.targets.masks.decoding import decode_mask

IMAGE_FOLDERS = ("images", "jpegimages", "imgs", "image", "img")
MASK_FOLDERS = (
    "masks",
    "segmentationclass",
    "mask",
    "labels",
    "annotations",
    "segmentations",
    "segmentation",
)
LAYOUT = "put images into images/ and masks of the same names into masks/, side by side"
_LISTS = "Segmentation"  # of Pascal VOC


@dataclass(frozen=True)
class Pair:
    """An image and its mask.

    Args:
        id: The image's path relative to the data, with "/".
        image: The file, or its pixels, uint8 (height, width, 3).
        read: Reads the mask, uint8 (height, width), or raises `BrokenMaskError`.
        name: The mask's path relative to the data, for messages.
        split: The split that the data puts it into, or "".
    """

    id: str
    image: Path | np.ndarray
    read: Callable[[], np.ndarray]
    name: str
    split: str = ""


def has_pairs(root: Path) -> bool:
    """Returns whether a folder has images and masks side by side, itself or in its splits."""
    places = _places(Scan(root, IMAGES)) if root.is_dir() else {}
    return any(share_below(Path(masks.path), IMAGES) for _, masks in places.values())


def find_pairs(root: Path, flag: str, colours: Colours | None = None) -> tuple[list[Pair], list[str]]:
    """Returns the images that have a mask, sorted by id, and remarks on all others.

    Args:
        root: The folder.
        flag: The flag that holds it, for messages.
        colours: Of masks in colours.

    Raises:
        InputError: It is missing, or has no images and masks side by side.
    """
    if not root.is_dir():
        what = (
            "the data is a file, not a folder or a table"
            if root.exists()
            else "the data folder does not exist"
        )
        raise InputError(Problem(what, str(root), f"check the path in {flag}; {LAYOUT}"))
    scan = Scan(root, IMAGES)
    places = _places(scan)
    if not places:
        found = shorten(f"{each.name}/" for each in scan.entries(root) if is_folder(each))
        what = "the data folder has no images and masks side by side"
        raise InputError(Problem(what, f"{root}: {found or 'no folders'}", LAYOUT))
    pairs, notes = [], list[str]()
    for split, (images, masks) in places.items():
        pairs += _matched(root, images, masks, split, notes, colours)
    if not pairs:
        what = "no image has a mask of the same name"
        raise InputError(Problem(what, str(root), f"{LAYOUT}: a/1.jpg belongs to a/1.png"))
    listed = listed_splits(root, _LISTS)
    if listed:
        unlisted = sum(Path(pair.id).stem not in listed for pair in pairs)
        notes += [f"{plural(unlisted, 'image')} in no list of {LISTS}/{_LISTS} left out"] if unlisted else []
        there = [pair for pair in pairs if Path(pair.id).stem in listed]
        pairs = [replace(pair, split=listed[Path(pair.id).stem]) for pair in there]
    return sorted(pairs, key=lambda pair: pair.id), notes


def _places(scan: Scan) -> dict[str, tuple[os.DirEntry, os.DirEntry]]:
    """Returns the folders of images and of masks by split, "" where they have none."""
    if own := _both(scan, scan.root):
        return {"": own}
    splits = [
        each for each in scan.entries(scan.root) if is_folder(each) and each.name.lower() in SPLIT_NAMES
    ]
    found = {SPLIT_NAMES[each.name.lower()]: _both(scan, Path(each.path)) for each in splits}
    return {split: both for split, both in found.items() if both}


def _both(scan: Scan, folder: Path) -> tuple[os.DirEntry, os.DirEntry] | None:
    entries = {each.name.lower(): each for each in scan.entries(folder) if is_folder(each)}
    images, masks = (
        next((entries[name] for name in names if name in entries), None)
        for names in (IMAGE_FOLDERS, MASK_FOLDERS)
    )
    return (images, masks) if images and masks else None


def _matched(
    root: Path,
    images: os.DirEntry,
    masks: os.DirEntry,
    split: str,
    notes: list[str],
    colours: Colours | None,
) -> list[Pair]:
    """Returns the pairs of two folders; what has no other half is told."""
    ones, others = (_by_stem(root, folder, notes) for folder in (images, masks))
    for files, missing, what, lacking in ((ones, others, "image", "mask"), (others, ones, "mask", "image")):
        if alone := [item.id for stem, item in files.items() if stem not in missing]:
            notes.append(f"{plural(len(alone), what)} without {lacking} left out: {shorten(alone, 3)}")
    return [
        Pair(
            one.id,
            Path(str(one.source)),
            partial(decode_mask, Path(str(other.source)), colours),
            other.id,
            split or _split_of(stem),
        )
        for stem, one in ones.items()
        if (other := others.get(stem)) is not None
    ]


def _by_stem(root: Path, folder: os.DirEntry, notes: list[str]) -> dict[str, Item]:
    """Returns the files below a folder by their path in it, without the suffix."""
    scan = Scan(root, IMAGES)
    scan.read_class(folder, "")
    if scan.problems:
        raise InputError(scan.problems)
    found: dict[str, Item] = {}
    for item in sorted(scan.items, key=lambda item: item.id):
        stem = Path(str(item.source)).relative_to(folder.path).with_suffix("").as_posix()
        if stem in found:
            notes.append(f"{item.id} left out: {found[stem].id} has the same name")
        else:
            found[stem] = item
    return found


def _split_of(stem: str) -> str:
    """Returns the split that the first folder of a path names, "" if none does."""
    first, _, rest = stem.partition("/")
    return SPLIT_NAMES.get(first.lower(), "") if rest else ""
