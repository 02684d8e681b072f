"""Pictures and labels that are already numpy arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasft.base.errors import InputError, Problem, raise_problems
from kerasft.data.class_spelling import as_list, in_order, indexed, is_missing, spelling_of
from kerasft.data.listing import (
    Item,
    Listing,
    class_name_problems,
    few_classes_problem,
    listing_of,
    saved_class_problems,
)


def list_arrays(
    images: Any,
    labels: Any,
    class_names: tuple[str, ...] | None = None,
    *,
    all_needed: bool = True,
    split: str = "",
) -> Listing:
    """Lists the rows of an array; the ids are "train/0", "train/1", ... whatever split a row is drawn into.

    Args:
        images: (n, height, width), (n, height, width, 1) or (n, height, width, 3), values 0..255.
        labels: (n,) class names, booleans or whole numbers: indexes into `class_names`, if they are not names of that
            list.
        class_names: The class list; without it, the sorted labels.
        all_needed: Whether each class of `class_names` needs rows.
        split: The split of all rows, or "" to draw.

    Raises:
        InputError: Shapes, types or values can't be used.
    """
    images, labels = np.asarray(images), as_list(labels)
    raise_problems(_array_problems(images) + _count_problems(images, labels))
    if images.ndim == 3:
        images = images[..., None]
    names_of_rows = _names(indexed(labels, class_names), class_names)
    names = class_names or in_order(names_of_rows)
    problems = class_name_problems(names, "class_names")
    if class_names is None:
        problems += few_classes_problem(names, f"{len(labels)} labels", "check the labels")
    else:
        problems += saved_class_problems(names_of_rows, names, all_needed=all_needed, flag="labels")
    raise_problems(problems)
    items = [
        Item(f"{split or 'train'}/{row}", name, _rgb(images[row]), split)
        for row, name in enumerate(names_of_rows)
    ]
    return listing_of(items, names)


def _array_problems(images: np.ndarray) -> list[Problem]:
    shape = f"shape {images.shape}, {images.dtype}"
    if images.ndim not in (3, 4) or (images.ndim == 4 and images.shape[-1] not in (1, 3)):
        what = "images must be (n, height, width), (n, height, width, 1) or (n, height, width, 3)"
        return [Problem(what, shape, "put the channels last")]
    if 0 in images.shape:
        return [Problem("the images are empty", shape, "give at least some pictures per class")]
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


def _count_problems(images: np.ndarray, labels: list[Any]) -> list[Problem]:
    if not labels:
        return [Problem("images in an array need labels", "", "give labels=, one per image")]
    if len(labels) != len(images):
        received = f"{len(images)} and {len(labels)}"
        return [Problem("images and labels differ in length", received, "align them")]
    return []


def _names(labels: list[Any], class_names: tuple[str, ...] | None) -> list[str]:
    """Returns the class name of each row, spelled as those of any other source."""
    spelling = spelling_of(labels, class_names)
    names: list[str] = []
    for row, label in enumerate(labels):
        if is_missing(label):
            raise InputError(Problem(f"label {row} is empty", repr(label), "fill it in, or remove the image"))
        if (name := spelling.name_of(label)) is None:
            what = f"label {row} is no name and no whole number"
            raise InputError(Problem(what, repr(label)[:80], "write whole numbers or names"))
        names.append(name)
    return names


def _rgb(image: np.ndarray) -> np.ndarray:
    """A uint8 (height, width, 3) view or copy; floats are rounded."""
    if image.dtype != np.uint8:
        image = np.rint(image).astype(np.uint8)
    return np.broadcast_to(image, (*image.shape[:2], 3))
