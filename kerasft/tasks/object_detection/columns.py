"""Which columns of a table hold a box, its class, and what else is said of its image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kerasft.base.errors import Problem, raise_problems
from kerasft.base.wording import shorten
from kerasft.data.tables import find_column
from kerasft.inputs.images.box_header import box_of_header
from kerasft.inputs.images.columns import ImageColumns, image_column

_OF_IMAGE = (("image_width", "image_height"), ("img_width", "img_height"), ("width", "height"))
_CLASSES = "label class class_name label_name labels category object target name".split()
_CROWD = "crowd iscrowd is_crowd difficult".split()


@dataclass(frozen=True)
class BoxColumns:
    """The numbers of the columns.

    Args:
        image: Of the image.
        label: Of the class.
        box: Of the four numbers.
        sized: Whether the last two of these are width and height, else the far corner.
        size: Of the image's width and height; () where there are none.
        crowd: Of what marks a crowd or a difficult thing; None where there is none.
    """

    image: int
    label: int
    box: tuple[int, ...]
    sized: bool
    size: tuple[int, ...] = ()
    crowd: int | None = None


def box_columns(header: Sequence[str], columns: ImageColumns) -> BoxColumns:
    """Finds the columns.

    Args:
        header: Of the table.
        columns: What the user named.

    Raises:
        InputError: One can't be told, or is not there.
    """
    problems: list[Problem] = []
    names, received = [name.strip().lower() for name in header], f"columns {shorten(header, 20) or '(none)'}"
    box = box_of_header(header)
    if box is None:
        step = "call them x1, y1, x2, y2, or x, y, width, height, in pixels"
        problems.append(Problem("it can't be told which columns have the boxes", received, step))
    numbers, sized = box or ((), False)
    image = image_column(header, columns)
    label = _label(header, names, columns, {image, *numbers}, received, problems)
    raise_problems(problems)
    size = next(
        (found for form in _OF_IMAGE if (found := _all(form, names)) and not {*found} & {*numbers}), ()
    )
    crowd = next((names.index(name) for name in _CROWD if name in names), None)
    return BoxColumns(image, label, numbers, sized, size, crowd)


def _all(form: Sequence[str], names: Sequence[str]) -> tuple[int, ...]:
    return tuple(names.index(name) for name in form) if all(name in names for name in form) else ()


def _label(
    header: Sequence[str],
    names: Sequence[str],
    columns: ImageColumns,
    used: set[int],
    received: str,
    problems: list[Problem],
) -> int:
    wanted = columns.label
    if wanted is not None and (columns.required or wanted.strip().lower() in names):
        return find_column(header, wanted, "--label", problems)
    found = next(
        (k for name in _CLASSES for k in range(len(names)) if names[k] == name and k not in used), None
    )
    if found is None:
        what = "it can't be told which column has the classes of the boxes"
        problems.append(Problem(what, received, "name it with --label"))
    return found or 0
