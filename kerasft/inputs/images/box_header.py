"""Whether a table has a box in each row, by the names of its columns."""

from __future__ import annotations

from collections.abc import Sequence

_CORNERS = (
    ("x1", "y1", "x2", "y2"),
    ("xmin", "ymin", "xmax", "ymax"),
    ("x_min", "y_min", "x_max", "y_max"),
    ("left", "top", "right", "bottom"),
    ("bbox_x1", "bbox_y1", "bbox_x2", "bbox_y2"),
)
_SIZED = (
    ("x", "y", "width", "height"),
    ("x", "y", "w", "h"),
    ("left", "top", "width", "height"),
    ("bbox_x", "bbox_y", "bbox_width", "bbox_height"),
)


def box_of_header(header: Sequence[str]) -> tuple[tuple[int, ...], bool] | None:
    """Returns the four columns of a box, and whether the last two are width and height; None where there are none."""
    names = [name.strip().lower() for name in header]
    for forms, sized in ((_CORNERS, False), (_SIZED, True)):
        for form in forms:
            if all(name in names for name in form):
                return tuple(map(names.index, form)), sized
    return None


def is_of_boxes(header: Sequence[str], label: str | None) -> bool:
    """Returns whether a table is of boxes; one whose `label` names several columns has other answers."""
    return box_of_header(header) is not None and not (label and "," in label)
