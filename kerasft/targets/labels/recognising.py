"""Whether the answers of a source are several labels each, and not classes."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterable

from kerasft.contract.answers import UnreadableError
from kerasft.targets.labels.spelling import RECOGNISED, is_list, names_of_cell, parts

_MOSTLY = 0.5  # of the cells with a separator


def looks_like_labels(cells: Iterable[object]) -> bool:
    """Returns whether cells hold several labels: lists of none or several, or texts whose parts come back in others."""
    listed = list(cells)
    lists = [cell for cell in listed if isinstance(cell, list | tuple | set)]
    texts = [cell for cell in listed if isinstance(cell, str)]
    if any(len(cell) != 1 for cell in lists):
        return True
    with contextlib.suppress(UnreadableError):
        if any(is_list(text) and len(names_of_cell(text)) != 1 for text in texts):
            return True
    return any(_recombined(set(texts), mark) for mark in RECOGNISED)


def _recombined(texts: set[str], mark: str) -> bool:
    """Returns whether most texts with a mark share parts with others; all parts where it is a comma, as in names."""
    split = {text: parts(text, mark) for text in texts}
    counts = Counter(part for found in split.values() for part in set(found))
    joined = [found for text, found in split.items() if mark in text]
    enough = all if mark == "," else any
    known = sum(enough(counts[part] > 1 for part in found) for found in joined)
    return known > _MOSTLY * len(joined)
