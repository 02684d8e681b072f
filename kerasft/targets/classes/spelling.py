"""One value, one spelling: what a label is called, and the order of classes, whatever file or variable it comes from.

A whole number is its digits, also where a column of floats holds nothing but whole numbers. True and false are "true"
and "false". Any other text is itself: "none", "N/A" and "nan" are names. A label is missing where nothing is there: an
empty cell, null, NaN. Numbers with a decimal point are refused: they are scores, or whole numbers that a program has
mangled.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from numbers import Integral, Number, Real
from typing import cast

from kerasft.base.errors import InputError, Problem
from kerasft.contract.answers import Spelling, UnreadableError
from kerasft.data.values import is_boolean, is_missing, kind_of, show

_DECIMAL = re.compile(r"[+-]?\d+\.\d*(e[+-]?\d+)?", re.IGNORECASE)
_WHOLE = re.compile(r"[+-]?\d+\.0*")
_WRITE = "write whole numbers or names"


@dataclass(frozen=True)
class ClassSpelling(Spelling):
    """How the labels of one source are spelled.

    Args:
        whole_floats: Whether floats are whole numbers.
        booleans: Whether the words True and False, in any case, are booleans.
        mangled: Whether texts with a decimal point are whole numbers that a program wrote so.
    """

    whole_floats: bool = False
    booleans: bool = False
    mangled: bool = False
    form = "name and no whole number"

    def label_of(self, raw: object) -> str:
        """Returns the class name of a label."""
        if is_missing(raw):
            raise UnreadableError("the label is empty")
        name = self.name_of(raw)
        if name is not None:
            return name
        if isinstance(raw, (str, Number)):
            step = _WRITE
            if self.mangled:
                step += ' (pandas writes whole numbers so beside empty cells: frame["label"].astype("Int64") does not)'
            raise UnreadableError("the label is a number with a decimal point", str(raw), step)
        if isinstance(raw, (list, tuple)):
            what = "the label is a list of several labels"
            raise UnreadableError(what, show(raw), "give one label per text")
        raise UnreadableError(f"the label is {kind_of(raw)}", show(raw), _WRITE)

    def label_of_folder(self, name: str) -> str:
        """Returns the folder's name, which is the class: any name, but for folders "True" and "False"."""
        return name.lower() if self.booleans else name

    def name_of(self, value: object) -> str | None:
        """Returns the class name of a label that is not missing; None if it can't be one."""
        if isinstance(value, str):
            name = unicodedata.normalize("NFC", value.strip())
            return None if _DECIMAL.fullmatch(name) else name.lower() if self.booleans else name
        if is_boolean(value):
            return str(value).lower()
        if isinstance(value, Integral):
            return str(int(value))
        return str(int(float(value))) if isinstance(value, Real) and self.whole_floats else None


def spelling_of(labels: Iterable[object], class_names: Sequence[str] | None = None) -> ClassSpelling:
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
    return ClassSpelling(
        whole_floats=numbers
        and all(isinstance(label, Integral) or float(cast(float, label)).is_integer() for label in others),
        booleans=bool(texts) and {text.lower() for text in texts} <= {"true", "false"} and not texts & fixed,
        mangled=bool(texts) and not others and all(_WHOLE.fullmatch(text) for text in texts),
    )


def indexed(labels: list[object], class_names: Sequence[str] | None) -> list[object]:
    """Returns labels with the names of those that are indexes.

    With a class list, whole numbers are indexes into it, unless all of them are names of it themselves.

    Raises:
        InputError: An index is out of range.
    """
    if class_names is None or not all(isinstance(each, Integral) and not is_boolean(each) for each in labels):
        return labels
    numbers = cast(list[int], labels)
    if {str(int(number)) for number in numbers} <= set(class_names):
        return labels
    if min(numbers) < 0 or max(numbers) >= len(class_names):
        what = f"labels must be from 0 to {len(class_names) - 1}, the indexes of class_names"
        received = f"{min(numbers)} to {max(numbers)}"
        raise InputError(Problem(what, received, "check labels and class_names"))
    return [class_names[number] for number in numbers]
