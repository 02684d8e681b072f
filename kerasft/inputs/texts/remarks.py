"""What a user should hear of the texts of a data set."""

from __future__ import annotations

from collections.abc import Sequence

from kerasft.base.wording import plural, shorten
from kerasft.inputs.texts.rows import TextItem
from kerasft.inputs.texts.texts import TextColumns

LONG = 100_000


def text_notes(items: Sequence[TextItem], columns: TextColumns) -> list[str]:
    """Returns remarks on very long texts, pairs with an empty half, and texts that are numbers."""
    notes = []
    long = [item for item in items if len(item.text) + len(item.pair or "") > LONG]
    if long:
        longest = max(long, key=lambda item: len(item.text) + len(item.pair or ""))
        length = len(longest.text) + len(longest.pair or "")
        notes.append(
            f"{plural(len(long), 'text')} of more than {LONG:,} characters (longest: {longest.id}, {length:,}); "
            "a model reads only as many tokens as its sequence length"
        )
    half = [item.id for item in items if item.pair is not None and not (item.text and item.pair)]
    if half:
        notes.append(f"{plural(len(half), 'pair')} with an empty half: {shorten(half, 3)}")
    if all(item.text.strip().isdecimal() for item in items):
        notes.append(f"all texts are numbers: is {columns.text!r} the right column for --text?")
    return notes
