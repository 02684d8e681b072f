"""How classes with an order are written: as other classes, and as numbers with a decimal point, such as 3.5 stars."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from kerasft.targets.classes.spelling import ClassSpelling

_NUMBER = re.compile(r"\+\d+|[+-]?\d+\.\d*")
_LARGE = 1e15  # beyond, a float may not be the number that was meant


@dataclass(frozen=True)
class OrderSpelling(ClassSpelling):
    """How the answers of one source are spelled: "4.0" is "4", and "3.50" is "3.5"."""

    form = "class"

    def name_of(self, value: object) -> str | None:
        """Returns the class name of an answer that is not missing; None if it can't be one."""
        if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
            return shortest(Decimal(value.strip()))
        if isinstance(value, float | np.floating | Decimal) and -_LARGE < value < _LARGE:
            single = np.float32(value)  # whose 0.1 is 0.10000000149 as a Python float
            return shortest(Decimal(str(single if float(single) == value else value)))
        return super().name_of(value)


def shortest(number: Decimal) -> str:
    """Returns a number as text without an exponent, and without zeros that say nothing."""
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "+0") else text.removeprefix("+")
