"""From the numbers in masks to the classes, and all that is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kerasft.base.class_names import class_name_problems
from kerasft.base.errors import Problem
from kerasft.base.wording import plural, shorten
from kerasft.contract.answers import Place
from kerasft.targets.masks.options import AUTO, NONE
from kerasft.targets.masks.schema import IGNORED, MOST_CLASSES, Masks
from kerasft.targets.masks.store import MOST_NAMED, MaskStore

_BINARY = {0, IGNORED}


@dataclass(frozen=True)
class MaskWish:
    """What a user says of masks.

    Args:
        names: Of the classes, in the order of their numbers; None: the numbers themselves.
        ignore: The number that doesn't count, "none" or "auto".
        colours: Of the numbers from 0 on, that which doesn't count included; () where masks have the numbers.
    """

    names: tuple[str, ...] | None = None
    ignore: int | str = AUTO
    colours: tuple[str, ...] = ()

    def problems(self) -> list[Problem]:
        """Returns what is wrong with it."""
        problems = []
        whole = isinstance(self.ignore, int) and not isinstance(self.ignore, bool) and 0 <= self.ignore <= 255
        if not whole and self.ignore not in (AUTO, NONE):
            what = "--ignore is no number of a mask"
            problems.append(Problem(what, repr(self.ignore), "give a number from 0 to 255, none or auto"))
        names = self.names
        if names is not None:
            problems += class_name_problems(names, "--classes")
            if not 2 <= len(names) <= MOST_CLASSES or len(set(names)) < len(names):
                what = f"--classes takes 2 to {MOST_CLASSES} different names"
                problems.append(Problem(what, shorten(names) or "none", "name each class once"))
        return problems


def find_masks(
    labels: Iterable[str], wanted: Masks | None, wish: MaskWish, store: MaskStore, place: Place
) -> tuple[Masks, list[Problem]]:
    """Returns the classes of the masks of a source, and what is wrong with their numbers.

    Args:
        labels: The hashes of its masks.
        wanted: A schema that is already fixed.
        wish: What the user says.
        store: With these masks.
        place: Where they are from.
    """
    found = set().union(*(store.values[label] for label in labels if label in store.values))
    if wanted is not None:
        known = {*wanted.values, *([] if wanted.ignored is None else [wanted.ignored])}
        return wanted, _unknown(found - known, wanted.class_names, store)
    ignored = _ignored(found, wish)
    rest = tuple(sorted(found - {ignored}))
    names = wish.names
    if names is None:
        schema = Masks(tuple(map(str, rest)), rest, store.size, ignored)
        if len(rest) < 2 and place.complete:
            what = f"the masks hold {'one number only' if rest else 'no number that counts'}"
            step = f"check them; {place.next_step}" if place.next_step else "check them"
            return schema, [Problem(what, shorten(map(str, found)) or place.received, step)]
        return schema, []
    if len(rest) == len(names) and not wish.colours and rest[-1] >= len(names):
        return Masks(names, rest, store.size, ignored), []  # such as 0 and 255
    values = values_of(names, wish)
    return Masks(names, values, store.size, ignored, colours=wish.colours), _unknown(
        {*rest} - {*values}, names, store
    )


def values_of(names: Sequence[str], wish: MaskWish) -> tuple[int, ...]:
    """Returns the numbers of classes in their order: from 0 on, without the one that counts for nothing."""
    return tuple(value for value in range(256) if value != wish.ignore)[: len(names)]


def notes_on(schema: Masks, wish: MaskWish) -> list[str]:
    """Returns what was decided about the numbers of masks, where a user should hear of it."""
    notes = []
    if wish.ignore == AUTO and schema.ignored is None and set(schema.values) == _BINARY:
        notes.append(
            "masks hold 0 and 255: 255 is taken for a class (--ignore 255 lets it count for nothing)"
        )
    if wish.names is None:
        notes.append("classes are called by their numbers in the masks (--classes names them)")
    return notes


def _ignored(found: set[int], wish: MaskWish) -> int | None:
    if isinstance(wish.ignore, int):
        return wish.ignore
    if wish.colours or wish.ignore == NONE or found == _BINARY or found == {IGNORED}:
        return None
    return IGNORED


def _unknown(values: set[int], names: Sequence[str], store: MaskStore) -> list[Problem]:
    problems = []
    for value in sorted(values)[:MOST_NAMED]:
        what = f"masks hold {value}, which is none of the {plural(len(names), 'class')}"
        step = f"name all classes with --classes, or leave such pixels out with --ignore {value}"
        problems.append(Problem(what, shorten(store.files_with(value), 3), step))
    if len(values) > MOST_NAMED:
        problems.append(Problem(f"and {plural(len(values) - MOST_NAMED, 'more number')} that are no classes"))
    return problems
