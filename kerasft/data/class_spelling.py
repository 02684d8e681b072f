"""One value, one spelling: what a label is called, and the order of classes, whatever file or variable it comes from.

A whole number is its digits, also where a column of floats holds nothing but whole numbers. True and false are "true"
and "false". Any other text is itself: "none", "N/A" and "nan" are names. A label is missing where nothing is there: an
empty cell, null, NaN.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from numbers import Integral, Number, Real
from typing import Any

import numpy as np

from kerasft.base.errors import InputError, Problem

WORDS_FOR_NOTHING = frozenset({"nan", "none", "null", "<na>", "n/a"})
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_DECIMAL = re.compile(r"[+-]?\d+\.\d*(e[+-]?\d+)?", re.IGNORECASE)
_WHOLE = re.compile(r"[+-]?\d+\.0*")


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Returns class names in label order: by their value if all are numbers, else by code point."""
    names = sorted(set(names))
    if all(_NUMBER.fullmatch(name) for name in names):
        names.sort(key=Decimal)
    return tuple(names)


def is_missing(value: Any) -> bool:
    """Whether nothing is there: None, NaN, pandas' NA, or a text without characters other than spaces."""
    if isinstance(value, str):
        return not value.strip()
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, Number) and value != value


def is_decimal(label: str) -> bool:
    """Whether a label is a number with a decimal point: such labels are measured or mangled, not classes."""
    return bool(_DECIMAL.fullmatch(label))


def is_boolean(value: Any) -> bool:
    """Whether a value is true or false, also of numpy's kind, and not the word."""
    return not isinstance(value, str) and str(value) in ("True", "False")


@dataclass(frozen=True)
class Spelling:
    """How the labels of one source are spelled, which no label can tell alone.

    Args:
        whole_floats: Whether floats are whole numbers.
        booleans: Whether the words True and False, in any case, are booleans.
        mangled: Whether texts with a decimal point are whole numbers that a program wrote so.
    """

    whole_floats: bool = False
    booleans: bool = False
    mangled: bool = False

    def name_of(self, value: Any) -> str | None:
        """Returns the class name of a label that is not missing; None if it can't be one."""
        if isinstance(value, str):
            name = unicodedata.normalize("NFC", value.strip())
            return None if is_decimal(name) else name.lower() if self.booleans else name
        if is_boolean(value):
            return str(value).lower()
        if isinstance(value, Integral):
            return str(int(value))
        return str(int(float(value))) if isinstance(value, Real) and self.whole_floats else None


def spelling_of(labels: Iterable[Any], class_names: Sequence[str] | None = None) -> Spelling:
    """Returns how the labels of a source are spelled.

    Args:
        labels: All of them, as the source has them.
        class_names: A class list that is already fixed; its own "True" stays as it is.
    """
    labels = [label for label in labels if not is_missing(label)]
    texts = {label.strip() for label in labels if isinstance(label, str)}
    others = [label for label in labels if not isinstance(label, str)]
    numbers = not texts and all(isinstance(label, Real) and not is_boolean(label) for label in others)
    fixed = set(class_names or ())
    return Spelling(
        whole_floats=numbers and all(float(label).is_integer() for label in others),
        booleans=bool(texts) and {text.lower() for text in texts} <= {"true", "false"} and not texts & fixed,
        mangled=bool(texts) and not others and all(_WHOLE.fullmatch(text) for text in texts),
    )


def as_list(labels: Any) -> list[Any]:
    """Returns labels of a list, an array, a column of a data frame, or of one column, as plain values.

    Raises:
        InputError: They are not one per example.
    """
    if labels is None:
        return []
    shape = getattr(labels, "shape", None)
    if isinstance(labels, (str, bytes, dict)) or (shape is None and not isinstance(labels, Iterable)):
        raise InputError(Problem("labels must be a list", repr(labels)[:80], "give one per example"))
    values = np.asarray(labels) if shape is not None and len(shape) > 1 else labels
    if shape is not None and len(shape) == 2 and shape[1] == 1:
        values = values[:, 0]
    elif shape is not None and len(shape) != 1:
        what, received = "labels must be one per example", f"shape {tuple(shape)}"
        raise InputError(Problem(what, received, "of one-hot rows, take labels.argmax(axis=1)"))
    values = values.tolist() if hasattr(values, "tolist") else list(values)
    return [
        each.decode("utf-8", "replace") if isinstance(each, bytes) else each for each in map(_plain, values)
    ]


def indexed(labels: list[Any], class_names: Sequence[str] | None) -> list[Any]:
    """Returns labels with the names of those that are indexes.

    With a class list, whole numbers are indexes into it, unless all of them are names of it themselves.

    Raises:
        InputError: An index is out of range.
    """
    numbers = all(isinstance(label, Integral) and not is_boolean(label) for label in labels)
    if class_names is None or not numbers or {str(int(label)) for label in labels} <= set(class_names):
        return labels
    if min(labels) < 0 or max(labels) >= len(class_names):
        what = f"labels must be from 0 to {len(class_names) - 1}, the indexes of class_names"
        received = f"{min(labels)} to {max(labels)}"
        raise InputError(Problem(what, received, "check labels and class_names"))
    return [class_names[label] for label in labels]


def _plain(label: Any) -> Any:
    """A number of numpy, or an array of one, as Python has it."""
    return label.item() if getattr(label, "shape", None) == () else label
