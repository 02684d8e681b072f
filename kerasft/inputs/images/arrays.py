"""Images and labels that are already numpy arrays."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from kerasft.base.errors import Problem, raise_problems
from kerasft.contract.answers import Place
from kerasft.contract.splits import Schema
from kerasft.contract.targets import Targets
from kerasft.data.listing import Item, Listing, listing_of, splits_by_label
from kerasft.data.objects import spelled
from kerasft.data.values import as_list


def list_arrays(
    images: Iterable[object],
    labels: object,
    targets: Targets,
    wanted: Schema | None = None,
    *,
    all_needed: bool = True,
    split: str = "",
) -> Listing:
    """Lists the rows of an array; the ids are "train/0", "train/1", ... whatever split a row is drawn into.

    Args:
        images: (n, height, width), (n, height, width, 1) or (n, height, width, 3), values 0..255.
        labels: (n,) their answers; of classes: names, booleans or whole numbers, which are indexes into a class list
            that is wanted, if they are not names of it.
        targets: What the labels mean.
        wanted: A schema that is already fixed.
        all_needed: Whether all of `wanted` needs rows.
        split: The split of all rows, or "" to draw.

    Raises:
        InputError: Shapes, types or values can't be used.
    """
    pixels, raw = np.asarray(images), as_list(labels, targets.apart)
    raise_problems(_array_problems(pixels) + _count_problems(pixels, raw))
    if pixels.ndim == 3:
        pixels = pixels[..., None]
    labels_of = spelled(targets.of_list(raw, wanted), targets, wanted, "image")
    items = [
        Item(f"{split or 'train'}/{row}", label, _rgb(pixels[row]), split)
        for row, label in enumerate(labels_of)
    ]
    place = Place(f"{len(raw)} labels", "check the labels", "labels", all_needed=all_needed)
    schema, problems = targets.find_schema(splits_by_label(items), wanted, place)
    raise_problems(problems)
    return listing_of(items, schema)


def _array_problems(images: np.ndarray) -> list[Problem]:
    shape = f"shape {images.shape}, {images.dtype}"
    if images.ndim not in (3, 4) or (images.ndim == 4 and images.shape[-1] not in (1, 3)):
        what = "images must be (n, height, width), (n, height, width, 1) or (n, height, width, 3)"
        return [Problem(what, shape, "put the channels last")]
    if 0 in images.shape:
        return [Problem("the images are empty", shape, "give at least some images per class")]
    if images.dtype == bool or not np.issubdtype(images.dtype, np.number) or np.iscomplexobj(images):
        return [Problem("images must be numbers from 0 to 255", shape, "convert them to uint8")]
    if images.dtype == np.uint8:
        return []
    low, high = images.min(), images.max()
    if not (low >= 0 and high <= 255):  # also when either is NaN
        return [Problem("images must be numbers from 0 to 255", f"{low} to {high}", "rescale them")]
    if np.issubdtype(images.dtype, np.floating) and high <= 1:
        what = "images look scaled to 0..1, and raw values 0..255 are needed"
        return [Problem(what, f"{low} to {high}", "multiply them by 255")]
    return []


def _count_problems(images: np.ndarray, labels: list[object]) -> list[Problem]:
    if not labels:
        return [Problem("images in an array need labels", "", "give labels=, one per image")]
    if len(labels) != len(images):
        received = f"{len(images)} and {len(labels)}"
        return [Problem("images and labels differ in length", received, "align them")]
    return []


def _rgb(image: np.ndarray) -> np.ndarray:
    """A uint8 (height, width, 3) view or copy; floats are rounded."""
    if image.dtype != np.uint8:
        image = np.rint(image).astype(np.uint8)
    return np.broadcast_to(image, (*image.shape[:2], 3))
