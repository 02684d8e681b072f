"""How numbers are written in a source."""

from __future__ import annotations

import math
from numbers import Real

from kerasft.contract.answers import Spelling, UnreadableError
from kerasft.data.values import is_boolean, is_missing, show


class NumberSpelling(Spelling):
    """Numbers, with a decimal point where they have one."""

    form = "number"

    def label_of(self, raw: object) -> str:
        """Returns a number as the shortest text that is read as the same number."""
        if is_missing(raw):
            raise UnreadableError("the value is empty")
        try:
            value = float(raw) if isinstance(raw, str | Real) and not is_boolean(raw) else math.nan
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise UnreadableError("the value is not a number", show(raw), "write it as 12.5")
        return repr(value)
