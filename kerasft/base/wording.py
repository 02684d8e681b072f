"""Words of messages: lists that are too long, and plurals."""

from __future__ import annotations

from collections.abc import Iterable


def shorten(names: Iterable[str], most: int = 8) -> str:
    """Joins names with commas, and counts those beyond `most`."""
    names = list(names)
    tail = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + tail


def plural(count: int, noun: str) -> str:
    """Returns "1 image", "2 images", "3 classes", "4 copies", "5 boxes"."""
    if count == 1:
        return f"1 {noun}"
    if noun.endswith("y"):
        return f"{count} {noun[:-1]}ies"
    return f"{count} {noun}{'es' if noun.endswith(('s', 'x')) else 's'}"


def one(noun: str) -> str:
    """Returns "an image", "a text"."""
    return f"{'an' if noun[0].lower() in 'aeio' else 'a'} {noun}"


def clip(text: str, longest: int) -> str:
    """Returns a text on one line, cut after `longest` characters."""
    text = " ".join(text[: 4 * longest].split()) if len(text) > longest else " ".join(text.split())
    return text if len(text) <= longest else text[: longest - 1] + "…"
