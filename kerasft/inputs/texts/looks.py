"""What single texts look like: lengths, languages and encoding."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from kerasft.base.wording import plural
from kerasft.contract.findings import Finding, Suspect
from kerasft.inputs.texts.languages import language_of, script_of
from kerasft.inputs.texts.rows import TextItem

_SHORT, _LONG = 3, 5000
_MARKUP = re.compile(r"</?[a-z][a-z0-9]*[^<>]*>|&(amp|nbsp|lt|gt|quot|#\d+);", re.IGNORECASE)
_HIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u200e\u200f\u202a-\u202e\u2060\ufeff]")


def text_findings(items: Sequence[TextItem], texts: Sequence[str]) -> list[Finding]:
    """Returns the findings on lengths, languages and encoding."""
    return [_lengths(items, texts), _languages(items, texts), _encoding(items, texts)]


def _lengths(items: Sequence[TextItem], texts: Sequence[str]) -> Finding:
    sizes = np.array([len(text) for text in texts])
    words = np.array([len(text.split()) for text in texts])
    what = (
        f"{sizes.min()} to {sizes.max():,} characters, median {int(np.median(sizes))}; "
        f"99 % have up to {int(np.percentile(words, 99))} words"
    )
    odd = [(row, f"{size} characters") for row, size in enumerate(sizes) if size < _SHORT]
    odd += [(row, f"{sizes[row]:,} characters") for row in np.argsort(-sizes) if sizes[row] > _LONG]
    if not odd:
        return Finding("lengths", "ok", what)
    suspects = tuple(Suspect(items[row].id, why, items[row].label, row=int(row)) for row, why in odd)
    what += f"; {len(suspects)} shorter than {_SHORT} or longer than {_LONG} characters"
    return Finding(
        "lengths",
        "note",
        what,
        "a model reads their beginning: train with --sequence-length 256 for more of it",
        suspects,
    )


def _languages(items: Sequence[TextItem], texts: Sequence[str]) -> Finding:
    languages = [language_of(text) for text in texts]
    counts = Counter(filter(None, languages))
    if not counts:
        scripts = Counter(filter(None, map(script_of, texts)))
        return Finding("languages", "ok", f"not known; script: {', '.join(scripts) or 'no letters'}")
    main, most = counts.most_common(1)[0]
    others = [row for row, language in enumerate(languages) if language not in ("", main)]
    known = sum(counts.values())
    if len(others) <= max(1, known // 200):
        return Finding("languages", "ok", f"{main} ({most} of the {known} texts whose language can be told)")
    listed = ", ".join(f"{name} {count}" for name, count in counts.most_common(5))
    suspects = tuple(Suspect(items[row].id, languages[row], items[row].label, row=row) for row in others)
    next_step = "a backbone reads the languages it was trained on: take a multilingual one, or one language"
    return Finding("languages", "warn", f"probably mixed: {listed}", next_step, suspects)


def _encoding(items: Sequence[TextItem], texts: Sequence[str]) -> Finding:
    odd = []
    for row, text in enumerate(texts):
        if "\ufffd" in text:
            odd.append((row, "holds U+FFFD, where a character was lost"))
        elif _is_mojibake(text):
            odd.append((row, "was decoded wrongly: UTF-8 read as Windows-1252"))
        elif _HIDDEN.search(text):
            odd.append((row, "holds control characters or invisible ones"))
        elif _MARKUP.search(text):
            odd.append((row, "holds HTML"))
    if not odd:
        return Finding("encoding", "ok", "no lost characters, no HTML")
    suspects = tuple(Suspect(items[row].id, why, items[row].label, row=row) for row, why in odd)
    kinds = Counter(why for _, why in odd)
    what = "; ".join(f"{plural(count, 'text')}: {why}" for why, count in kinds.most_common())
    return Finding("encoding", "warn", what, "clean them, or serve texts with the same blemishes", suspects)


def _is_mojibake(text: str) -> bool:
    """Whether a text can be read as Windows-1252 bytes that are valid UTF-8, which true text almost never can."""
    if text.isascii():
        return False
    try:
        return text.encode("cp1252").decode("utf-8") != text
    except (UnicodeEncodeError, UnicodeDecodeError):
        return False
