"""`Texts`: a column of texts, or of pairs of texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Texts:
    """Texts, or pairs of texts, in the order of their source.

    Args:
        texts: (n,) texts as they are in the source.
        pairs: (n,) the second text of each pair, "" where that half is empty; None for single texts.
    """

    texts: tuple[str, ...] = field(repr=False)
    pairs: tuple[str, ...] | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return len(self.texts)

    def __getitem__(self, rows: Sequence[int] | np.ndarray | slice) -> Texts:
        """Returns some of the texts, in the order of `rows`."""
        if isinstance(rows, slice):
            return Texts(self.texts[rows], None if self.pairs is None else self.pairs[rows])
        pairs = None if self.pairs is None else tuple(self.pairs[row] for row in rows)
        return Texts(tuple(self.texts[row] for row in rows), pairs)
