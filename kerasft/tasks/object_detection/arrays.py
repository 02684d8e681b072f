"""Images in memory, with the boxes of each beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kerasft.inputs.images.arrays import InMemory, images_with_answers
from kerasft.targets.boxes.spelling import Box, boxes_of_label
from kerasft.tasks.object_detection.annotated import Annotated, BrokenBoxesError, Found, number_of

_FORM = "give each box as (class, x1, y1, x2, y2), in pixels of its image"


def array_boxes(images: object, answers: object, names: Sequence[str] | None, skip_broken: bool) -> Found:
    """Returns images with their boxes.

    Args:
        images: See `kerasft.inputs.images.arrays.images_with_answers`.
        answers: Of each image its boxes, (class, x1, y1, x2, y2) each and perhaps whether it is a crowd; or one text as
            in splits.csv.
        names: Of the classes, by number; None: they are called by their numbers, where boxes have such.
        skip_broken: Whether images that can't be read are left out.

    Raises:
        InputError: There are no answers, or more or fewer than images, or an image can't be read.
    """
    notes: list[str] = []
    found = images_with_answers(images, answers, skip_broken, notes)
    return Found([_annotated(each, names) for each in found], (), tuple(notes))


def _annotated(given: InMemory, names: Sequence[str] | None) -> Annotated:
    found = Annotated(given.id, given.pixels, given.id)
    try:
        if isinstance(given.answer, str):
            found.size, found.boxes = boxes_of_label(given.answer)
        elif given.answer is not None:
            if not isinstance(given.answer, Iterable):
                raise BrokenBoxesError(f"{given.answer!r:.40} is no list of boxes", _FORM)
            found.boxes = [_box_of(each, names) for each in given.answer]
    except BrokenBoxesError as error:
        found.fault = error
    except ValueError as error:
        found.fault = BrokenBoxesError(str(error), _FORM)
    return found


def _box_of(given: object, names: Sequence[str] | None) -> Box:
    values = list(given) if isinstance(given, Iterable) and not isinstance(given, str) else []
    if len(values) not in (5, 6):
        raise BrokenBoxesError(f"{given!r:.40} is no box", _FORM)
    x1, y1, x2, y2 = map(number_of, values[1:5])
    return Box(_name_of(values[0], names), x1, y1, x2, y2, len(values) == 6 and bool(values[5]))


def _name_of(given: object, names: Sequence[str] | None) -> str:
    if isinstance(given, str):
        if not given.strip():
            raise BrokenBoxesError("a box has no class", _FORM)
        return str(given)
    number = number_of(given)
    if number != number or not 0 <= number < 1e6 or number != int(number):
        raise BrokenBoxesError(
            f"the class is {given!r:.40}, which is no name and no number of a class", _FORM
        )
    if names is None:
        return str(int(number))
    if number >= len(names):
        step = "name all classes in the order of their numbers, with --classes"
        raise BrokenBoxesError(f"the class is {int(number)}, and {len(names)} are named", step)
    return names[int(number)]
