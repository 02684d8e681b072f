"""How numbers are written in a source."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from kerasft.contract.answers import Spelling, UnreadableError
from kerasft.data.values import is_boolean, is_missing, show


@dataclass(frozen=True)
class NumberSpelling(Spelling):
    """Numbers with a decimal point, or of a program."""

    form = "number"

    def label_of(self, raw: Any) -> str:
        """Returns a number as the shortest text that is read as the same number."""
        if is_missing(raw):
            raise UnreadableError("the number is missing")
        if isinstance(raw, bool) or (not isinstance(raw, str) and is_boolean(raw)):
            raise UnreadableError("it is true or false, and no number", show(raw))
        try:
            value = float(raw)
        except (TypeError, ValueError):
            step = "write a decimal point" if isinstance(raw, str) and "," in raw else "write a number"
            raise UnreadableError("it is no number", show(raw), step) from None
        if not math.isfinite(value):
            raise UnreadableError("it is no finite number", show(raw))
        return repr(value)
