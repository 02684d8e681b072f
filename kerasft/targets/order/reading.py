"""From the labels of a source to classes in their order, and all that is wrong with them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence

from kerasft.base.class_names import are_numbers
from kerasft.base.errors import InputError, Problem, did_you_mean
from kerasft.base.wording import shorten
from kerasft.contract.answers import Place
from kerasft.targets.classes.reading import Labels, read_class_names
from kerasft.targets.classes.schema import class_list_problems

_WHY = {  # by how what csv says begins
    "new-line": "a name holds a line break",
    "unexpected end": "a quotation mark is not closed",
    "',' expected": "a name in quotation marks ends before its comma",
}
_LISTED = 8  # names in a message
MOST_DECIMALS = 20  # classes that are numbers with a decimal point: more of them are measurements


def as_order(given: str | Iterable[object] | None) -> tuple[str, ...] | None:
    """Returns an order as it is typed, "bad,fair,good", as names; a name with a comma stands in quotation marks.

    Raises:
        InputError: It is no such list.
    """
    if given is None:
        return None
    cells = _cells(given) if isinstance(given, str) else given
    return tuple(str(each).strip() for each in cells)


def _cells(typed: str) -> list[str]:
    try:
        return next(csv.reader([typed], skipinitialspace=True, strict=True), [])
    except csv.Error as error:
        why = next((why for begin, why in _WHY.items() if str(error).startswith(begin)), str(error))
        what = f"--order can't be read: {why}"
        raise InputError(Problem(what, repr(typed[:100]), _EXAMPLE)) from None


def order_list_problems(names: Sequence[str]) -> list[Problem]:
    """Returns what is wrong with an order: too few names, or repeated ones."""
    found = class_list_problems(names)
    return [Problem(f"--order can't be used: {each.what}", each.received, _EXAMPLE) for each in found]


_EXAMPLE = 'name each class once, the lowest first: --order "bad,fair,good"'


def find_order(
    labels: Labels, order: tuple[str, ...] | None, place: Place
) -> tuple[tuple[str, ...], list[Problem]]:
    """Returns the classes from the lowest to the highest, and what is wrong with them.

    Args:
        labels: As for `Targets.find_schema`.
        order: As it was given; None: the classes are numbers.
        place: Where the labels are from.
    """
    found, problems = read_class_names(labels, None, place)
    if order is not None:
        unknown = sorted(set(found) - set(order))
        return (*order, *unknown), problems + _differences(found, order, place)
    if not are_numbers(found):
        if found and not problems:
            listed = ",".join(f'"{name}"' if "," in name else name for name in found[:_LISTED])
            listed += ",..." if len(found) > _LISTED else ""
            quote = "'" if '"' in listed else '"'
            step = f"give it, the lowest first: --order {quote}{listed}{quote}"
            problems.append(Problem("the order of the classes isn't known", shorten(found), step))
        return found, problems
    decimals = [name for name in found if "." in name]
    if decimals and len(found) > MOST_DECIMALS:
        what = f"the classes are {len(found)} different numbers, some with a decimal point: these are measurements"
        return found, [Problem(what, shorten(decimals), "train a regression, or round them to grades")]
    return found, problems


def _differences(found: Sequence[str], order: Sequence[str], place: Place) -> list[Problem]:
    problems = [
        Problem(
            "a class is not in --order",
            repr(name),
            did_you_mean(
                name, order, f"add it, or rename it in {place.flag}; the order is: {shorten(order)}"
            ),
        )
        for name in sorted(found)
        if name not in order
    ]
    missing = [name for name in order if name not in found]
    if missing:
        what = f"--order names classes that no {place.noun} has"
        problems.append(Problem(what, shorten(missing), f"leave them out, or add {place.noun}s of them"))
    return problems
