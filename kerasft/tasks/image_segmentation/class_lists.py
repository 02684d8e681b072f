"""What the classes of pixels are called, and which colours they have in masks."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from kerasft.base.errors import InputError, Problem
from kerasft.data.class_list import FILE, names_of
from kerasft.targets.masks.colours import Colours, colours_in

_CVAT = "labelmap.txt"
_LISTS = (FILE, _CVAT, "label_colors.txt", "class_dict.csv")  # ours, of CVAT twice, of CamVid


def classes_of(
    classes: str | Path | Iterable[str] | None, beside: Path | None
) -> tuple[tuple[str, ...] | None, Colours | None]:
    """Returns the names of the classes in the order of their numbers, and their colours; None where nobody says.

    Args:
        classes: As for `kerasft.read_images_with_masks`.
        beside: The folder in which lists are looked for.

    Raises:
        InputError: A list can't be read.
    """
    path = _list_of(classes, beside)
    names = names_of(classes if path is None else path, None)
    if path is None or names is None:
        return names, None
    try:
        colours = colours_in(names)
    except ValueError as error:
        step = "write a line as 'road 128,64,128' for each class"
        raise InputError(Problem(f"the list of classes can't be used: {error}", str(path), step)) from None
    if colours is None and path.name == _CVAT:  # whose lines end with ":::" then
        names = tuple(name.partition(":")[0] for name in names if not name.startswith("#"))
    return (names, None) if colours is None else (colours.names, colours)


def _list_of(classes: str | Path | Iterable[str] | None, beside: Path | None) -> Path | None:
    """Returns the file that lists the classes, if one does."""
    if classes is None:
        found = () if beside is None else (beside / name for name in _LISTS)
        return next((each for each in found if each.exists()), None)
    if isinstance(classes, Path):
        return classes
    if isinstance(classes, str) and classes.lower().endswith((".txt", ".csv")) and "," not in classes:
        return Path(classes)
    return None
