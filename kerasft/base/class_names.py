"""What a class may be called: one rule for data, models, runs and exported files.

labels.txt holds one name per line, folders of classes move between systems, and names are printed, written to tables
and typed. Any script is fine; what can't be seen or tells no two names apart isn't.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal

from kerasft.base.errors import Problem
from kerasft.base.printable import MODIFIERS, ODD

MOST_CHARACTERS = 1000
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_MODIFIER = re.compile(f"[{MODIFIERS}]")
_STRAY = re.compile(f"(?:^|[\x00-\x7f])[{MODIFIERS}]|[\u200c\u200d]$")
_LINE_BREAKS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Returns class names in label order: by their value if all are numbers, else by code point."""
    names = sorted(set(names))
    if are_numbers(names):
        names.sort(key=Decimal)
    return tuple(names)


def are_numbers(names: Iterable[str]) -> bool:
    """Returns whether class names are all numbers, which have an order."""
    return all(_NUMBER.fullmatch(name) for name in names)


def class_name_problems(names: Iterable[str], flag: str = "--data") -> list[Problem]:
    """Returns what is wrong with class names, each by itself and beside the others.

    Args:
        names: The class names as found.
        flag: The flag or the argument whose value holds them; "" where there is none.
    """
    rename = f"rename it in {flag}" if flag else "rename it"
    problems: list[Problem] = []
    seen: dict[str, str] = {}
    for name in names:
        if wrong := _fault(name):
            problems.append(
                Problem(wrong, repr(name[:100]), "name every class" if not name.strip() else rename)
            )
        folded = _folded(name)
        if folded in seen and seen[folded] != name:
            what = "two classes differ only in upper and lower case, in Unicode form or in what can't be seen"
            problems.append(Problem(what, f"{seen[folded]!r} and {name!r}", "merge or rename one of them"))
        seen.setdefault(folded, name)
    return problems


def _fault(name: str) -> str:
    if not name.strip():
        return "a class name is empty"
    if odd := ODD.search(name):
        character = odd[0]
        if "\ud800" <= character <= "\udfff":
            return "a class name is not UTF-8"
        if character in _LINE_BREAKS or unicodedata.category(character) == "Cc":
            return "a class name holds a line break or control character"
        return f"a class name holds an invisible character, {_named(character)}"
    if stray := _STRAY.search(name):
        return f"a class name holds an invisible character, {_named(stray[0][-1])}"
    if name != name.strip():
        return "a class name begins or ends with a space"
    return f"a class name has more than {MOST_CHARACTERS} characters" if len(name) > MOST_CHARACTERS else ""


def _named(character: str) -> str:
    return f"U+{ord(character):04X} {unicodedata.name(character, '')}".strip()


def _folded(name: str) -> str:
    """Returns what names are the same by: spaces of any kind are one, and what joins or varies letters is none."""
    visible = _MODIFIER.sub("", unicodedata.normalize("NFC", name))
    return "".join(" " if unicodedata.category(each) == "Zs" else each for each in visible).casefold()
