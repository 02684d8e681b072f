"""`TextExamples`: labelled texts in memory, to be sorted into splits."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from kerasft.inputs.texts.column import Texts
from kerasft.inputs.texts.rows import TextItem, folded, text_hash


class TextExamples:
    """Labelled texts or pairs: see `kerasft.data.reading.Examples`.

    Args:
        items: The texts that can be used.
    """

    def __init__(self, items: Sequence[TextItem]):
        self.items = list(items)

    @cached_property
    def keys(self) -> list[bytes]:
        """What makes two texts copies of each other; those who evaluate don't ask."""
        return [folded(item) for item in self.items]

    @cached_property
    def hashes(self) -> list[str]:
        """SHA-256 of each text or pair."""
        return [text_hash(item.text, item.pair) for item in self.items]

    @cached_property
    def column(self) -> Texts:
        """The texts, or pairs."""
        paired = bool(self.items) and self.items[0].pair is not None
        pairs = tuple(item.pair or "" for item in self.items) if paired else None
        return Texts(tuple(item.text for item in self.items), pairs)

    def keep(self, rows: list[int]) -> None:
        """Keeps these rows, in this order."""
        known = vars(self)
        for name in {"items", "keys", "hashes"} & known.keys():
            known[name] = [known[name][row] for row in rows]
        known.pop("column", None)
