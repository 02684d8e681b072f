"""How numbers are written in a source, and what is wrong with those that aren't."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from numbers import Real

from kerasft.base.errors import Problem
from kerasft.base.wording import plural
from kerasft.contract.answers import Place, Spelling, UnreadableError
from kerasft.data.values import is_boolean, is_missing, show
from kerasft.targets.numbers.schema import KEPT, LARGEST, Numbers, text_of

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_PLAIN = re.compile(_NUMBER)
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:[ ,'\u00a0\u2009\u202f]\d{3})+(?:\.\d+)?")
_COMMA = re.compile(r"[+-]?(?:\d{1,3}(?:\.\d{3})+|\d+),\d+")
_WITH_UNIT = re.compile(
    rf"(?P<before>[^\d.,+\-]{{1,9}}?)?\s*(?P<number>{_NUMBER})\s*(?P<after>[^\d.,]{{1,9}}[²³]?)?"
)
FILL_IN = "fill it in, or remove the row"


class NumberSpelling(Spelling):
    """Numbers, with a decimal point where they have one.

    Args:
        label: What a user calls the columns; None where that isn't known.
    """

    form = "number"

    def __init__(self, label: str | None = None):
        self.label = label

    def label_of(self, raw: object) -> str:
        """Returns numbers as the shortest text that is read as the same numbers."""
        if hasattr(raw, "tolist"):
            raw = raw.tolist()
        if not isinstance(raw, list | tuple):
            return text_of([number_of(raw)])
        if not raw:
            raise UnreadableError("the value is empty")
        return text_of(number_of(each, self._named(place, len(raw))) for place, each in enumerate(raw))

    def _named(self, place: int, count: int) -> str:
        if count == 1:
            return "the value"
        return f"the value of {names_of(self.label, count)[place]!r}"


def number_of(raw: object, what: str = "the value") -> float:
    """Returns the number in a cell.

    Args:
        raw: The cell.
        what: What it is called in a message.

    Raises:
        UnreadableError: It is none that can be learned.
    """
    if is_missing(raw) and not isinstance(raw, float):
        raise UnreadableError(f"{what} is empty")
    value = _parsed(raw)
    if value is None:
        raise UnreadableError(f"{what} is not a number", show(raw), _next_step(raw))
    if math.isnan(value):
        raise UnreadableError(f"{what} is empty (NaN)", show(raw))
    if abs(value) >= LARGEST:
        size = "infinite" if math.isinf(value) else f"too large, beyond {LARGEST:g}"
        raise UnreadableError(f"{what} is {size}", show(raw), "correct it, or remove the row")
    return value


def _parsed(raw: object) -> float | None:
    if isinstance(raw, str):
        text = raw.strip()
        if text.lower().lstrip("+-") in ("nan", "inf", "infinity"):
            return float(text)
        return float(text) if _PLAIN.fullmatch(text) and text.isascii() else None
    if isinstance(raw, Real | Decimal) and not is_boolean(raw):
        try:
            return float(raw)
        except OverflowError:
            return math.inf
    return None


def _next_step(raw: object) -> str:
    """Returns how to write what looks like a number in another way."""
    text = raw.strip() if isinstance(raw, str) else ""
    if _GROUPED.fullmatch(text) and not _COMMA.fullmatch(text):
        return f"write it without marks between thousands, as {re.sub(r'[^0-9.+-]', '', text)}"
    if _COMMA.fullmatch(text):
        right = f"{text.replace('.', '').replace(',', '.')}"
        thousands = re.fullmatch(r"[+-]?\d{1,3},\d{3}", text)
        also = f" (or as {text.replace(',', '')}, if the comma marks thousands)" if thousands else ""
        return f"write it with a decimal point, as {right}{also}"
    found = _WITH_UNIT.fullmatch(text)
    unit = (found["before"] or found["after"] or "").strip() if found else ""
    if found and unit and not (found["before"] and found["after"]):
        return f"write {found['number']}, and name the unit with --unit {unit}"
    return "write it as 12.5"


def find_numbers(
    labels: Mapping[str, Collection[str]],
    wanted: Numbers | None,
    label: str | None,
    units: Sequence[str],
    place: Place,
) -> tuple[Numbers, list[Problem]]:
    """Returns a schema that is not scaled yet (see `Numbers.fitted`), and what is wrong with the numbers of a source.

    Args:
        labels: See `Targets.find_schema`.
        wanted: A schema that is already fixed.
        label: What a user calls the columns; None where that isn't known yet.
        units: Of each; () of none.
        place: Where they are from.
    """
    count = next((len(label.split(KEPT)) for label in labels), 1)
    schema = wanted or Numbers(names_of(label, count), units=tuple(units))
    problems = [
        _other_count(name, len(schema.numbers))
        or Problem("not a number", repr(name), f"rename it in {place.flag}")  # a folder
        for name in labels
        if not schema.allows(name)
    ]
    if wanted is not None or problems:
        return schema, problems
    if units and len(units) != count:
        step = "give one for each column, with commas, or none" if count > 1 else "give one unit"
        problems.append(Problem(f"--unit must be {count}", ", ".join(units), step))
        schema = Numbers(schema.numbers)
    return schema, [*problems, *(_constant_problems(labels, schema, place) if place.complete else [])]


def names_of(label: str | None, count: int) -> tuple[str, ...]:
    """Returns the names of so many numbers, from what a user calls their columns; one may have commas in its name."""
    parts = [] if label is None else [each.strip() for each in label.split(",") if each.strip()]
    if len(parts) == count and len(set(parts)) == count:
        return tuple(parts)
    if count == 1:
        return ((label or "").strip() or "number",)
    return tuple(f"number {place + 1}" for place in range(count))


def _other_count(label: str, count: int) -> Problem | None:
    found = len(label.split(KEPT))
    if found == count:
        return None
    what = f"an example has {plural(found, 'number')}, and {count} are meant"
    return Problem(what, label.replace(KEPT, ", "), "give as many for each")


def _constant_problems(labels: Collection[str], schema: Numbers, place: Place) -> list[Problem]:
    """Returns which numbers have the same value everywhere: nothing can be learned of them."""
    if not labels:
        return [Problem("there are no values", place.received, place.next_step)]
    if len(schema.numbers) == 1:
        same = [Problem("all values are the same", place.received, place.next_step)]
        return same if len(labels) < 2 else []
    parts = zip(*(label.split(KEPT) for label in labels), strict=True)
    return [
        Problem(f"all values of {name!r} are the same", values[0], "leave the column out of --label")
        for name, values in zip(schema.numbers, parts, strict=True)
        if len(set(values)) == 1
    ]
