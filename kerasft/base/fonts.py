"""Fonts for names in any script: matplotlib's own lacks Chinese, Japanese, Korean, Thai and others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache

_OWN = "DejaVu Sans"
_BOXES = "Last Resort"  # which has a box for every character there is


@contextmanager
def covering(texts: Iterable[str]) -> Iterator[None]:
    """Lets text that is made inside fall back on installed fonts for the characters that matplotlib's own lacks.

    Args:
        texts: What will be written.
    """
    import matplotlib

    with matplotlib.rc_context({"font.family": families_for(texts)}):
        yield


def families_for(texts: Iterable[str]) -> list[str]:
    """Returns matplotlib's own font, and the fewest installed ones that have what it lacks, as far as there are any."""
    from matplotlib import font_manager

    missing = {ord(char) for text in texts for char in text if not char.isspace()}
    missing -= _characters(font_manager.findfont(_OWN))
    chosen = [_OWN]
    regular = [each for each in font_manager.fontManager.ttflist if each.style == "normal"]
    while missing:
        shared = {each: missing & _characters(each.fname) for each in regular if _BOXES not in each.name}
        best = max(shared, key=lambda each: (len(shared[each]), each.weight == 400), default=None)
        if best is None or not shared[best]:
            break
        chosen.append(best.name)
        missing -= shared[best]
    return chosen


def file_for(text: str) -> str:
    """Returns the file of the one font that has most of a text's characters: where no font can fall back on another."""
    from matplotlib import font_manager

    paths = [font_manager.findfont(family) for family in families_for([text])]
    return str(max(paths, key=lambda path: len(set(text) & {*map(chr, _characters(path))})))


@cache
def _characters(path: str) -> frozenset[int]:
    from matplotlib.font_manager import get_font

    try:
        return frozenset(get_font(path).get_charmap())
    except (OSError, RuntimeError):  # a font that FreeType can't read
        return frozenset()
