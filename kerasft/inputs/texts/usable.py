"""The rows of a source that can be used: checked, without those whose label is hidden, with remarks on odd ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kerasft.base.wording import plural, shorten
from kerasft.contract.splits import Schema
from kerasft.contract.targets import Targets
from kerasft.data.values import WORDS_FOR_NOTHING
from kerasft.inputs.texts.rows import Broken, Source, TextItem, check_rows, spelling_of_rows


@dataclass(frozen=True)
class Usable:
    """What `usable_items` found.

    Args:
        items: The rows that can be used.
        broken: Those that can't.
        hidden: What it means that none is left, where labels were hidden: "all labels are -1, ..."; else "".
        notes: Remarks.
    """

    items: list[TextItem]
    broken: list[Broken]
    hidden: str
    notes: list[str]


def usable_items(found: Source, targets: Targets, wanted: Schema | None = None) -> Usable:
    """Returns the rows that can be used, those that can't, and remarks.

    Args:
        found: The rows of a source.
        targets: What their labels mean.
        wanted: A schema that is already fixed.
    """
    with_pairs = found.columns.text_pair is not None
    spelling = spelling_of_rows(found.rows, targets, wanted)
    items, broken = check_rows(found.rows, spelling, with_pairs=with_pairs)
    noun, listed = "pair" if with_pairs else "text", found.schema is not None
    labels, splits = [item.label for item in items], [item.split for item in items]
    marks = targets.marks(labels, splits, wanted, listed, noun)
    gone = set(marks.hidden)
    items = [item for row, item in enumerate(items) if row not in gone]
    nothing_left = gone and not items and not broken
    return Usable(
        items, broken, marks.meaning if nothing_left else "", [*spelling.notes, *marks.notes, *_words(items)]
    )


def _words(items: Sequence[TextItem]) -> list[str]:
    """Remarks on texts that programs write for nothing: they are read as what they are."""
    texts = [item.text for item in items if item.text.strip().lower() in WORDS_FOR_NOTHING]
    shown = shorten(map(repr, sorted(set(texts))), 3)
    return [f"{plural(len(texts), 'text')} read as words, not as empty cells: {shown}"] if texts else []
