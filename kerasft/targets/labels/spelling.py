"""How several labels are written in a cell, and the one text that they are kept as.

A cell is a text with a separator (`a|b`), a list (`["a", "b"]`, as a value or as a text), or a list of the columns of 0
and 1 that hold a 1. Nothing there means no label. The text that is kept, in splits.csv and in messages, is the names in
the order of their code points with "|" between them.
"""

from __future__ import annotations

import ast
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real

from kerasft.base.wording import shorten
from kerasft.contract.answers import Spelling, UnreadableError
from kerasft.data.values import WORDS_FOR_NOTHING, is_boolean, is_missing, kind_of, show
from kerasft.targets.labels.options import SEPARATORS

KEPT = "|"
RECOGNISED = ("|", ";", ",")
_DECIMAL = re.compile(r"[+-]?\d+\.\d*(e[+-]?\d+)?", re.IGNORECASE)
_LONGEST_LIST = 100_000  # characters


def text_of(names: Iterable[str]) -> str:
    """Returns the one text of some labels; "" of none."""
    return KEPT.join(sorted(set(names)))


def names_in(text: str) -> tuple[str, ...]:
    """Returns the labels of a text from `text_of`."""
    return tuple(text.split(KEPT)) if text else ()


@dataclass(frozen=True)
class LabelSpelling(Spelling):
    """How the labels of one source are written.

    Args:
        separator: Between labels; "" where each text is one label.
        usual: The spelling of each name, by what names are the same by: case and spaces don't count.
        notes: Remarks.
    """

    separator: str
    usual: Mapping[str, str]
    notes: tuple[str, ...] = ()
    form = "list of labels"

    def label_of(self, raw: object) -> str:
        """Returns the text of the labels in a cell."""
        return text_of(self._checked(name) for name in names_of_cell(raw, self.separator))

    def label_of_folder(self, name: str) -> str:
        """Returns the folder's name as a label."""
        return text_of([_name(name)])

    def joined(self, one: str, other: str) -> str:
        """Returns the labels of both."""
        return text_of((*names_in(one), *names_in(other)))

    def _checked(self, name: str) -> str:
        usual = self.usual.get(_folded(name), name)
        if usual == name:
            return name
        what = "a label differs from another one only in upper and lower case, or in spaces"
        raise UnreadableError(what, f"{name!r} and {usual!r}", f"write {usual!r}, or rename one of them")


def spelling_of(
    raw: Iterable[object], names: Sequence[str] | None = None, separator: str | None = None
) -> LabelSpelling:
    """Returns how the labels of a source are written.

    Args:
        raw: All cells.
        names: The labels, where they are fixed: then the separator that gives most of them.
        separator: One of `SEPARATORS`; None looks for it.
    """
    cells = list(raw)
    texts = [cell for cell in cells if isinstance(cell, str) and not is_list(cell)]
    notes = []
    if separator is not None:
        mark = SEPARATORS[separator]
    else:
        mark = _by_names(texts, names) if names is not None else _by_looks(texts)
        if mark and names is None:
            notes.append(f"labels are separated by {mark!r} (--separator names another)")
    counts = Counter(name for cell in cells for name in _readable(cell, mark))
    words = sorted(name for name in counts if name.lower() in WORDS_FOR_NOTHING)
    if words and names is None:
        notes.append(f"{shorten(map(repr, words))} is taken for a label: no label is an empty cell")
    usual = {_folded(name): name for name in names or ()}
    for name, _ in sorted(counts.items(), key=lambda each: (-each[1], each[0])):
        usual.setdefault(_folded(name), name)
    return LabelSpelling(mark, usual, tuple(notes))


def _by_looks(texts: Sequence[str]) -> str:
    return next((mark for mark in RECOGNISED if any(mark in text for text in texts)), "")


def _by_names(texts: Sequence[str], names: Sequence[str]) -> str:
    """Returns the separator with which most texts are made of known names."""
    known, most = set(names), Counter(texts)

    def fitting(mark: str) -> int:
        return sum(count for text, count in most.items() if set(parts(text, mark)) <= known)

    return max(("", *SEPARATORS.values()), key=fitting)


def parts(text: str, mark: str) -> list[str]:
    """Returns the names of a text with a separator, "" for none."""
    found = text.split(mark) if mark else [text]
    return [unicodedata.normalize("NFC", part.strip()) for part in found if part.strip()]


def is_list(cell: str) -> bool:
    """Returns whether a text is meant to be a list."""
    return cell.strip().startswith("[")


def names_of_cell(raw: object, mark: str = "") -> list[str]:
    """Returns the names in a cell, as they are written there."""
    if isinstance(raw, str):
        return [_name(part) for part in (_listed(raw) if is_list(raw) else parts(raw, mark))]
    if hasattr(raw, "tolist"):
        raw = raw.tolist()
    if isinstance(raw, list | tuple | set):
        return [_name(each) for each in raw]
    return [] if is_missing(raw) else [_name(raw)]


def _listed(cell: str) -> list[object]:
    """Returns the items of a list that is written as text, by JSON or by Python."""
    try:
        found = ast.literal_eval(cell.strip()) if len(cell) <= _LONGEST_LIST else None
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        found = None
    if not isinstance(found, list):
        raise UnreadableError("the list of labels can't be read", show(cell), 'write it as ["a", "b"]')
    return found


def _name(value: object) -> str:
    if not isinstance(value, str | Real) or is_boolean(value):
        raise UnreadableError(f"a label is {kind_of(value)}", show(value), "write labels as text")
    if isinstance(value, Real) and float(value).is_integer():
        value = int(float(value))
    name = unicodedata.normalize("NFC", str(value).strip())
    if _DECIMAL.fullmatch(name):
        step = "write names or whole numbers"
        raise UnreadableError("a label is a number with a decimal point", show(value), step)
    if not name:
        raise UnreadableError("a label of the list is empty", show(value), "remove it from the list")
    if KEPT in name:
        raise UnreadableError(f"a label holds {KEPT!r}, which separates labels", show(value), "rename it")
    return name


def _readable(cell: object, mark: str) -> list[str]:
    try:
        return names_of_cell(cell, mark)
    except UnreadableError:
        return []


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()
