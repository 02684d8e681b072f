"""The rows of a source that can be used: checked, without those whose label is hidden, with remarks on odd labels."""

from __future__ import annotations

from collections.abc import Sequence

from kerasft.base.wording import plural, shorten
from kerasft.data.class_spelling import WORDS_FOR_NOTHING
from kerasft.data.label_marks import HIDDEN, class_note, hidden_note, hidden_rows, several_labels
from kerasft.inputs.texts.rows import Broken, Source, TextItem, check_rows


def usable_items(
    found: Source, class_names: Sequence[str] | None = None
) -> tuple[list[TextItem], list[Broken], list[str]]:
    """Returns the rows that can be used, those that can't, and remarks.

    Args:
        found: The rows of a source.
        class_names: A class list that is already fixed.
    """
    with_pairs = found.columns.text_pair is not None
    items, broken = check_rows(found.rows, with_pairs=with_pairs, class_names=class_names)
    noun = "pair" if with_pairs else "text"
    labels = [item.class_name for item in items]
    notes: list[str] = []
    if found.class_names is None and HIDDEN not in (class_names or ()):
        hidden = hidden_rows(labels, [item.split for item in items], class_names)
        if hidden:
            notes.append(hidden_note(len(hidden), noun))
            gone = set(hidden)
            items = [item for row, item in enumerate(items) if row not in gone]
            labels = [item.class_name for item in items]
        notes += class_note(labels, noun)
    several = several_labels(labels) if found.class_names is None else ""
    return items, broken, [*notes, *([several] if several else []), *_words(items)]


def _words(items: Sequence[TextItem]) -> list[str]:
    """Remarks on texts and labels that programs write for nothing: they are read as what they are."""
    texts = [item.text for item in items if item.text.strip().lower() in WORDS_FOR_NOTHING]
    labels = {item.class_name for item in items if item.class_name.lower() in WORDS_FOR_NOTHING}
    notes = []
    if texts:
        shown = shorten(map(repr, sorted(set(texts))), 3)
        notes.append(f"{plural(len(texts), 'text')} read as words, not as empty cells: {shown}")
    if labels:
        notes.append(f"read as a class, not as an empty cell: {shorten(map(repr, sorted(labels)), 3)}")
    return notes
