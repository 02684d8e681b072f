"""Images and labels that are already numpy arrays."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from kerasft.base.errors import InputError, Problem, raise_problems
from kerasft.base.folding import Fault, fault_problems
from kerasft.base.wording import plural, shorten
from kerasft.contract.answers import Place
from kerasft.contract.splits import Schema
from kerasft.contract.targets import Targets
from kerasft.data.listing import Item, Listing, listing_of, splits_by_label
from kerasft.data.objects import contents_of, spelled
from kerasft.data.values import as_list
from kerasft.inputs.images.columns import IMAGE_NAMES
from kerasft.inputs.images.limits import BrokenImageError
from kerasft.inputs.images.objects import pixels_in


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


class InMemory(NamedTuple):
    """An image with an answer of its own size, such as a mask.

    Args:
        id: Its name.
        pixels: uint8 (height, width, 3).
        answer: As the caller gave it.
    """

    id: str
    pixels: np.ndarray
    answer: object


def images_with_answers(
    images: object, answers: object, skip_broken: bool, notes: list[str]
) -> list[InMemory]:
    """Returns images of any size, with what the caller gives beside each; their ids are "train/0", "train/1", ...

    Args:
        images: A list of images, or many as `kerasft.data.objects.contents_of` takes them; or a tuple of these and
            the answers.
        answers: One for each image; None where they are beside the images.
        skip_broken: Whether images that can't be read are left out, with a remark in `notes`.
        notes: Gets it.

    Raises:
        InputError: There are no answers, or more or fewer than images, or an image can't be read.
    """
    if answers is None and isinstance(images, tuple) and len(images) == 2:
        images, answers = images
    if not isinstance(answers, Iterable):
        raise InputError(Problem("images in memory need labels", "", "give labels=, one per image"))
    contents = list(images) if isinstance(images, list | tuple) else contents_of(images, IMAGE_NAMES)
    listed = list(answers)
    if len(contents) != len(listed):
        received = f"{len(contents)} and {len(listed)}"
        raise InputError(Problem("images and labels differ in length", received, "align them"))
    found, faults = list[InMemory](), list[Fault]()
    for row, (content, answer) in enumerate(zip(contents, listed, strict=True)):
        try:
            found.append(InMemory(f"train/{row}", pixels_in(content), answer))
        except BrokenImageError as error:
            faults.append(
                Fault(f"image {row}", str(error), "put it right, or leave it out with --skip-broken")
            )
    if faults and skip_broken:
        listed_faults = shorten((f"{each.name} ({each.reason})" for each in faults), 3)
        notes.append(f"{plural(len(faults), 'image')} left out, which can't be used: {listed_faults}")
        return found
    one, several, step = "an image can't be used", "{} can't be used", "--skip-broken leaves them all out"
    raise_problems(fault_problems(faults, one, several, "image", "that can't be used", step))
    return found


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
