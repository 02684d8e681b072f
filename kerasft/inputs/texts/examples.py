"""`TextExamples`: labelled texts in memory, to be sorted into splits."""

from __future__ import annotations

from collections.abc import Sequence

from kerasft.inputs.texts.column import Texts
from kerasft.inputs.texts.rows import TextItem, folded, text_hash


class TextExamples:
    """Labelled texts or pairs: see `kerasft.data.reading.Examples`.

    Args:
        items: The texts that can be used.
    """

    def __init__(self, items: Sequence[TextItem]):
        self.items = list(items)
        self.keys = [folded(item) for item in items]
        self.hashes = [text_hash(item.text, item.pair) for item in items]

    @property
    def column(self) -> Texts:
        """The texts, or pairs."""
        paired = bool(self.items) and self.items[0].pair is not None
        pairs = tuple(item.pair or "" for item in self.items) if paired else None
        return Texts(tuple(item.text for item in self.items), pairs)

    def keep(self, rows: list[int]) -> None:
        """Keeps these rows, in this order."""
        self.items = [self.items[row] for row in rows]
        self.keys = [self.keys[row] for row in rows]
        self.hashes = [self.hashes[row] for row in rows]
