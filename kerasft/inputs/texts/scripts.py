"""Which script texts are written in, and whether it sets its words apart."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

# Scripts that write words without a blank between them; Korean and Vietnamese have blanks
UNSPACED = frozenset({"Cjk", "Japanese", "Thai", "Lao", "Khmer", "Myanmar", "Tibetan"})
_READ = 2000  # characters of a text
_MOST_TEXTS = 2000


def script_of(text: str) -> str:
    """Returns the script that most letters of a text belong to: "Latin", "Cyrillic", "Cjk"; "" without letters."""
    counts = Counter(name for char in text[:_READ] if (name := _script(char)))
    return counts.most_common(1)[0][0] if counts else ""


def share_of_scripts(texts: Sequence[str]) -> Counter[str]:
    """Returns how many letters of each script some texts have; of more than 2000 texts, 2000 are looked at."""
    step = max(1, len(texts) // _MOST_TEXTS)
    return Counter(name for text in texts[::step] for char in text[:_READ] if (name := _script(char)))


def words_are_apart(texts: Sequence[str]) -> bool:
    """Returns whether words can be told by blanks: false where a fifth of the letters is of a script without."""
    counts = share_of_scripts(texts)
    return 5 * sum(counts[name] for name in UNSPACED) < max(1, counts.total())


@lru_cache(maxsize=10_000)
def _script(char: str) -> str:
    if not char.isalpha():
        return ""
    name = unicodedata.name(char, "").split(" ")[0].split("-")[0]
    return {"HIRAGANA": "Japanese", "KATAKANA": "Japanese"}.get(name, name.capitalize())
