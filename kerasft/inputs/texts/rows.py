"""One row of any source, and what it has to be: a text (or a pair) and a label.

The rules are the same for all sources:

- A text stays as it is in the source. It is empty when it is missing, null, NaN or only spaces; "nan" and "None" are
  texts, and a note counts them.
- A number in quotation marks, or in a CSV, is a text like any other. A number that the file itself types as
  a number (JSON, Parquet) is refused as a text: nobody knows how it was meant to be written.
- What a label may be, the kind of target says.
- In a pair one half may be empty, not both.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from kerasft.base.errors import Problem
from kerasft.base.folding import most_problems
from kerasft.contract.answers import Spelling, UnreadableError
from kerasft.contract.splits import Schema
from kerasft.contract.targets import Targets
from kerasft.data.listing import SPLIT_NAMES
from kerasft.data.values import is_missing, kind_of, show
from kerasft.inputs.texts.texts import TextColumns


@dataclass(frozen=True)
class Row:
    """One row as a source has it.

    Args:
        id: See `TextSplit.ids`.
        place: How a message names it: "line 17", "row 17", or a path.
        text: Anything; an `UnreadableError` when the whole row can't be used.
        pair: The second text of a pair.
        label: Anything.
        split: Anything; None or "" when the row does not say.
        spelled: The label as its kind of target spells it, where the source has a list of labels of its own; `label` is
            then not looked at.
    """

    id: str
    place: str
    text: object
    pair: object = None
    label: object = None
    split: object = ""
    spelled: str = ""


@dataclass(frozen=True)
class Source:
    """All rows of a source, not yet checked.

    Args:
        rows: In the order of the source.
        columns: The columns that were read, as the source spells them.
        schema: What the source itself says of its labels; None when the labels make it.
        given_splits: The splits that the source defines; None when the rows say it.
        notes: Remarks for the user.
        header: The column names of a table.
    """

    rows: list[Row]
    columns: TextColumns
    schema: Schema | None = None
    given_splits: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()
    header: tuple[str, ...] = ()


@dataclass(frozen=True)
class TextItem:
    """One labelled text or pair that can be used."""

    id: str
    label: str
    text: str
    pair: str | None
    split: str = ""


@dataclass(frozen=True)
class Broken:
    """One row that can't be used, and why."""

    id: str
    place: str
    error: UnreadableError

    def problem(self) -> Problem:
        """As an error; `received` is the cell."""
        next_step = self.error.next_step + "; --skip-broken leaves out all such rows"
        return Problem(f"{self.place}: {self.error}", str(self.error.received), next_step)


def check_rows(
    rows: Sequence[Row], spelling: Spelling | None, *, with_pairs: bool
) -> tuple[list[TextItem], list[Broken]]:
    """Returns the rows that can be used, and those that can't.

    Args:
        rows: Of a source.
        spelling: How their labels are written, from `spelling_of_rows`; None: nobody looks at them.
        with_pairs: Whether they are pairs of texts.
    """
    with_splits = any(not is_missing(row.split) for row in rows)
    items, broken = [], []
    for row in rows:
        try:
            items.append(_item(row, with_pairs, with_splits, spelling))
        except UnreadableError as error:
            broken.append(Broken(row.id, row.place, error))
    return items, broken


def spelling_of_rows(rows: Sequence[Row], targets: Targets, wanted: Schema | None = None) -> Spelling:
    """Returns how the labels of a source are written.

    Args:
        rows: All of them.
        targets: What the labels mean.
        wanted: A schema that is already fixed.
    """
    return targets.spelling([_readable(row.label) for row in rows if not row.spelled], wanted)


def _readable(label: object) -> object:
    return label.decode("utf-8", "replace") if isinstance(label, bytes) else label


def broken_problems(broken: Sequence[Broken]) -> list[Problem]:
    """One problem for each row that can't be used, and their number when there are many."""
    return most_problems([each.problem() for each in broken])


def text_hash(text: str, pair: str | None = None) -> str:
    """Returns the SHA-256 of a text's UTF-8 bytes; of a pair, of both with a byte 0xFF between them."""
    return hashlib.sha256(_joined(text, pair)).hexdigest()


def whole(item: TextItem) -> str:
    """Returns a text, or both texts of a pair as one."""
    return item.text if item.pair is None else f"{item.text} | {item.pair}"


def folded(item: TextItem) -> bytes:
    """What makes two texts copies of each other: Unicode form NFC, and any white space as one space."""
    pair = None if item.pair is None else _fold(item.pair)
    return hashlib.sha256(_joined(_fold(item.text), pair)).digest()


def _joined(text: str, pair: str | None) -> bytes:
    # 0xFF is in no UTF-8 text, so ("ab", "c") and ("a", "bc") differ.
    return text.encode() if pair is None else text.encode() + b"\xff" + pair.encode()


def _fold(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _item(row: Row, with_pairs: bool, with_splits: bool, spelling: Spelling | None) -> TextItem:
    if isinstance(row.text, UnreadableError):
        raise row.text
    text = _text(row.text, "first text" if with_pairs else "text")
    pair = _text(row.pair, "second text") if with_pairs else None
    if not text and not pair:
        if with_pairs:
            raise UnreadableError("both texts of the pair are empty", "", "fill in one, or remove the row")
        raise UnreadableError("the text is empty")
    label = row.spelled
    if spelling is not None and not label:
        label = spelling.label_of(_decoded(row.label, "label"))
    return TextItem(row.id, label, text, pair, _split(row) if with_splits else "")


def _text(value: object, name: str) -> str:
    value = _decoded(value, name)
    if is_missing(value):
        return ""
    if not isinstance(value, str):
        what = f"the {name} is {kind_of(value)}, not a text"
        raise UnreadableError(what, show(value), "write it as a text, or name another column")
    try:
        value.encode()
    except UnicodeEncodeError:
        what = f"the {name} holds half of a character (a lone surrogate)"
        raise UnreadableError(what, show(value), "write the text again with the program it is from") from None
    return value


def split_of(row: Row) -> str:
    """Returns "train", "validation" or "test", or "" when the row says nothing that is known."""
    value = row.split.decode("utf-8", "replace") if isinstance(row.split, bytes) else row.split
    return SPLIT_NAMES.get(value.strip().lower(), "") if isinstance(value, str) else ""


def _split(row: Row) -> str:
    split = split_of(row)
    if split:
        return split
    empty = is_missing(row.split)
    what = f"the split is {'empty' if empty else 'unknown'}"
    received = "" if empty else show(row.split)
    raise UnreadableError(what, received, "write train, validation or test in every row")


def _decoded(value: object, name: str) -> object:
    if not isinstance(value, bytes):
        return value
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError as error:
        what = f"the {name} is not UTF-8 (byte {error.start + 1} of {len(value)})"
        raise UnreadableError(what, "", "save it as UTF-8") from None
