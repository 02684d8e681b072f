"""Whether the answers of a source are numbers, and not classes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable

from kerasft.contract.answers import UnreadableError
from kerasft.targets.numbers.reading import NumberSpelling
from kerasft.targets.numbers.schema import KEPT

_MOST_OTHERS = 0.1  # of the answers may be no numbers: slips, which the examination names


def looks_like_numbers(cells: Iterable[object]) -> bool:
    """Returns whether nearly all cells hold numbers, and some have a fraction, which names of classes don't have."""
    listed = list(cells)
    numbers = [found for cell in listed if (found := _numbers(cell))]
    fractions = any(not number.is_integer() for found in numbers for number in found)
    return fractions and len(numbers) >= (1 - _MOST_OTHERS) * len(listed)


def _numbers(cell: object) -> list[float]:
    with contextlib.suppress(UnreadableError):
        return [float(part) for part in NumberSpelling().label_of(cell).split(KEPT)]
    return []
