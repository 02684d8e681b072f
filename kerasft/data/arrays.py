"""Pictures and labels that are already numpy arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasft.data.listing import (
    Item,
    Listing,
    class_name_problems,
    few_classes_problem,
    listing_of,
    saved_class_problems,
)
from kerasft.errors import Problem, raise_problems


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
        labels: (n,) class names, or whole numbers: indexes into `class_names` when that is given.
        class_names: The class list; without it, the sorted labels.
        all_needed: Whether each class of `class_names` needs rows.
        split: The split of all rows, or "" to draw.

    Raises:
        InputError: Shapes, types or values can't be used.
    """
    images, labels = np.asarray(images), np.asarray([] if labels is None else labels)
    problems = _array_problems(images) + _label_problems(images, labels)
    raise_problems(problems)
    if images.ndim == 3:
        images = images[..., None]
    names_of_rows, names = _names(labels, class_names)
    problems = class_name_problems(names, "class_names")
    if class_names is None:
        problems += few_classes_problem(names, f"labels of shape {labels.shape}", "check the labels")
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


def _label_problems(images: np.ndarray, labels: np.ndarray) -> list[Problem]:
    shape = f"shape {labels.shape}, {labels.dtype}"
    if labels.size == 0:
        return [Problem("images in an array need labels", "", "give labels=, one per image")]
    if labels.ndim != 1:
        return [Problem("labels must be one per image", shape, "of one-hot rows, take labels.argmax(axis=1)")]
    if images.ndim and len(labels) != len(images):
        return [
            Problem("images and labels differ in length", f"{len(images)} and {len(labels)}", "align them")
        ]
    if labels.dtype == bool or labels.dtype.kind not in "iuUSOT":
        return [Problem("labels must be whole numbers or names", shape, "convert them to int or str")]
    if labels.dtype.kind == "O" and not all(isinstance(label, str) for label in labels):
        wrong = next(label for label in labels if not isinstance(label, str))
        return [Problem("labels must be all names or all whole numbers", repr(wrong), "fill the gaps")]
    return []


def _names(labels: np.ndarray, class_names: tuple[str, ...] | None) -> tuple[list[str], tuple[str, ...]]:
    """Returns the class name of each row, and the class list."""
    if labels.dtype.kind not in "iu":
        names = [label.decode() if isinstance(label, bytes) else str(label) for label in labels]
        return names, class_names or tuple(sorted(set(names)))
    if class_names is None:
        return [str(label) for label in labels], tuple(str(label) for label in np.unique(labels))
    if labels.min() < 0 or labels.max() >= len(class_names):
        what = f"labels must be from 0 to {len(class_names) - 1}, the indexes of class_names"
        raise_problems([Problem(what, f"{labels.min()} to {labels.max()}", "check labels and class_names")])
    return [class_names[label] for label in labels], class_names


def _rgb(image: np.ndarray) -> np.ndarray:
    """A uint8 (height, width, 3) view or copy; floats are rounded."""
    if image.dtype != np.uint8:
        image = np.rint(image).astype(np.uint8)
    return np.broadcast_to(image, (*image.shape[:2], 3))
