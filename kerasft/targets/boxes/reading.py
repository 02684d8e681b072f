"""From the boxes of images to the classes, and all that is wrong with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from kerasft.base.class_names import class_name_problems, in_order
from kerasft.base.errors import Problem
from kerasft.base.wording import plural, shorten
from kerasft.contract.answers import Place
from kerasft.targets.boxes.schema import MOST_CLASSES, Boxes
from kerasft.targets.boxes.spelling import boxes_of_label

_MOST_NAMED = 5


@dataclass(frozen=True)
class BoxWish:
    """What a user says of boxes, and of the images that they are on.

    Args:
        names: Of the classes, in their order; None takes those that the source lists or has.
        image_size: Side of the images that the model sees, in pixels.
        resize: How images are brought to that size.
        listed: The classes that the source lists, whether it has boxes of them or not.
    """

    names: tuple[str, ...] | None = None
    image_size: int = 224
    resize: str = "stretch"
    listed: tuple[str, ...] = ()

    def listing(self, names: Iterable[str]) -> BoxWish:
        """Returns the same for a source that lists these classes."""
        return replace(self, listed=tuple(dict.fromkeys(names)))

    def problems(self) -> list[Problem]:
        """Returns what is wrong with the names that the user gave."""
        return [] if self.names is None else _name_problems(self.names, "--classes")


def find_boxes(
    labels: Iterable[str], wanted: Boxes | None, wish: BoxWish, place: Place
) -> tuple[Boxes, list[Problem]]:
    """Returns the classes of the boxes of a source, and what is wrong with them.

    Args:
        labels: Of its images; see `kerasft.targets.boxes.spelling`.
        wanted: A schema that is already fixed.
        wish: What the user says.
        place: Where they are from.
    """
    used: Counter[str] = Counter()  # images with each class
    for label in labels:
        used.update({box.name for box in boxes_of_label(label)[1]})
    if wanted is not None:
        return wanted, _unknown(used, wanted.class_names)
    if wish.names is not None:
        return Boxes(wish.names, wish.image_size, wish.resize), _unknown(used, wish.names)
    names = (*wish.listed, *in_order(used.keys() - {*wish.listed}))
    problems = _name_problems(names, place.flag) if names else []
    if not used and place.complete:
        problems.append(Problem("no image has a box", place.received, "check the data; a model needs boxes"))
    return Boxes(names, wish.image_size, wish.resize), problems


def unused_note(schema: Boxes, labels: Iterable[str]) -> list[str]:
    """Returns a remark on classes without any box."""
    used = {box.name for label in labels for box in boxes_of_label(label)[1]}
    unused = [name for name in schema.class_names if name not in used]
    return [f"no box is of {plural(len(unused), 'class')} of the list: {shorten(unused)}"] if unused else []


def _name_problems(names: tuple[str, ...], flag: str) -> list[Problem]:
    problems = class_name_problems(names, flag)
    if not 1 <= len(names) <= MOST_CLASSES or len(set(names)) < len(names):
        what = f"boxes are of 1 to {MOST_CLASSES} different classes"
        problems.append(Problem(what, shorten(names) or "none", "name each class once, with --classes"))
    return problems


def _unknown(used: Counter[str], names: tuple[str, ...]) -> list[Problem]:
    unknown = in_order(used.keys() - {*names})
    problems = [
        Problem(
            f"boxes are of {name!r}, which is none of the {plural(len(names), 'class')}",
            f"in {plural(used[name], 'image')}; the classes are {shorten(names)}",
            "name all classes with --classes, or take these boxes out of the data",
        )
        for name in unknown[:_MOST_NAMED]
    ]
    if len(unknown) > _MOST_NAMED:
        problems.append(Problem(f"and {plural(len(unknown) - _MOST_NAMED, 'more name')} that are no classes"))
    return problems
