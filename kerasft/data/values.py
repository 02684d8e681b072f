"""Values of cells, lists and arrays, whatever they mean: whether anything is there, and of what type."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Number
from typing import cast

import numpy as np

from kerasft.base.errors import InputError, Problem

WORDS_FOR_NOTHING = frozenset({"nan", "none", "null", "<na>", "n/a"})
_SHOWN = 60


def is_missing(value: object) -> bool:
    """Whether nothing is there: None, NaN, pandas' NA, or a text without characters other than spaces."""
    if isinstance(value, str):
        return not value.strip()
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, Number) and value != value


def is_boolean(value: object) -> bool:
    """Whether a value is true or false, also of numpy's kind, and not the word."""
    return not isinstance(value, str) and str(value) in ("True", "False")


def cell_text(cell: object) -> str:
    """Returns a cell of a table as a text; "" where nothing is there."""
    if isinstance(cell, bytes):
        cell = cell.decode("utf-8", "replace")
    return "" if is_missing(cell) else str(cell)


def kind_of(value: object) -> str:
    """Returns what a value is, for messages: "a number"."""
    if is_boolean(value):
        return "true or false"
    if isinstance(value, Number):
        return "a number"
    names: dict[type, str] = {list: "a list", tuple: "a list", dict: "an object"}
    return names.get(type(value), f"of the type {type(value).__name__}")


def show(value: object) -> str:
    """Returns a value for a message, shortened."""
    text = repr(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."


def as_list(labels: object, apart: bool = False) -> list[object]:
    """Returns labels of a list, an array, a column of a data frame, or of one column, as plain values.

    Args:
        labels: As a user has them.
        apart: Whether an example may have several, each row of an array (n, answers): see `Targets.apart`.

    Raises:
        InputError: They are not one per example.
    """
    if labels is None:
        return []
    shape = getattr(labels, "shape", None)
    if isinstance(labels, (str, bytes, dict)) or (shape is None and not isinstance(labels, Iterable)):
        raise InputError(Problem("labels must be a list", repr(labels)[:80], "give one per example"))
    values = cast(Iterable[object], labels)
    if shape is not None and len(shape) == 2 and shape[1] == 1:
        values = np.asarray(labels)[:, 0]
    elif shape is not None and len(shape) == 2 and apart:
        values = np.asarray(labels)
    elif shape is not None and len(shape) != 1:
        what, received = "labels must be one per example", f"shape {tuple(shape)}"
        raise InputError(Problem(what, received, "of one-hot rows, take labels.argmax(axis=1)"))
    values = values.tolist() if hasattr(values, "tolist") else list(values)
    return [
        each.decode("utf-8", "replace") if isinstance(each, bytes) else each for each in map(_plain, values)
    ]


def _plain(label: object) -> object:
    """A number of numpy, or an array of one, as Python has it."""
    return cast(np.ndarray, label).item() if getattr(label, "shape", None) == () else label
