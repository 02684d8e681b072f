"""Explained texts as one HTML page that needs nothing else: nothing is fetched, no script runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup, escape

from kerasft.base import files
from kerasft.base.pages import page_environment
from kerasft.base.printable import ODD, shown_lines
from kerasft.contract.explanation import MARK
from kerasft.inputs.texts.explanation import TextExplanation

if TYPE_CHECKING:
    from rich.console import RenderableType

LONGEST = 20_000  # characters of a text that the page shows


def write_page(explanations: Sequence[TextExplanation], path: str | Path) -> Path:
    """Writes one page of all of them, in one step, and returns its path."""
    template = page_environment().get_template("explanation.html")
    shown = [{"one": each, "halves": coloured(each), "top": _top(each)} for each in explanations]
    return files.write_text(path, template.render(shown=shown, mark=MARK))


def coloured(explanation: TextExplanation, longest: int = LONGEST) -> list[Markup]:
    """Returns the text, or both texts of a pair, with its words in `<mark>`: class "for" or "against".

    The style property `--a`, 0 to 1, is how strong a word is beside the strongest; its title is its attribution.
    What the model didn't read is in `<span class="unread">`. After `longest` characters the text ends.
    """
    strongest = float(np.abs(explanation.attribution).max(initial=0)) or 1.0
    texts = [explanation.input] if explanation.pair is None else [explanation.input, explanation.pair]
    halves = []
    for half, text in enumerate(texts):
        parts, place = [], 0
        for word, value in zip(explanation.words, explanation.attribution, strict=True):
            if word.half != half or word.start < place or word.end > longest:
                continue  # pieces that could not be placed in the text have no width
            parts.append(escape(shown_lines(text[place : word.start])))
            parts.append(_marked(shown_lines(text[word.start : word.end]), float(value), strongest))
            place = word.end
        rest: str = shown_lines(text[place:longest]) + ("…" if len(text) > longest else "")
        was_read = max((w.end for w in explanation.words if w.half == half), default=0)
        if rest.strip() and was_read <= place:
            rest = Markup('<span class="unread" title="not read: too long">{}</span>').format(rest)
        halves.append(Markup("").join([*parts, rest]))
    return halves


def _marked(text: str, value: float, strongest: float) -> Markup:
    share = abs(value) / strongest
    if share < 0.02:
        return Markup('<span title="{}">{}</span>').format(f"{value:+.3f}", text)
    kind = "for" if value > 0 else "against"
    return Markup('<mark class="{}" style="--a:{}" title="{}">{}</mark>').format(
        kind, f"{share:.2f}", f"{value:+.3f}", text
    )


def _top(explanation: TextExplanation, most: int = 5) -> dict[str, list[tuple[str, float]]]:
    """Returns the strongest words for the class, and against it."""
    order = np.argsort(-explanation.attribution, kind="stable").tolist()
    rows: list[tuple[str, float]] = [
        (_quoted(explanation.words[i].text), float(explanation.attribution[i])) for i in order
    ]
    strongest = max((abs(value) for _, value in rows), default=0.0)
    rows = [row for row in rows if abs(row[1]) >= 0.02 * strongest]
    return {
        "for": [row for row in rows if row[1] > 0][:most],
        "against": [row for row in reversed(rows) if row[1] < 0][:most],
    }


def _quoted(word: str) -> str:
    """A comma in a list with commas would be lost."""
    return word if any(each.isalnum() for each in word) else f"“{word}”"


def as_terminal_text(explanation: TextExplanation) -> RenderableType:
    """Returns the text for a terminal, a rich `Text`: orange speaks for the class, blue against."""
    from rich.text import Text

    strongest = float(np.abs(explanation.attribution).max(initial=0)) or 1.0
    texts = [explanation.input] if explanation.pair is None else [explanation.input, explanation.pair]
    found = Text("  ")
    for half, text in enumerate(texts):
        found.append(" | " if half else "")
        place = 0
        for word, value in zip(explanation.words, explanation.attribution, strict=True):
            if word.half != half or word.start < place or word.end > LONGEST:
                continue
            found.append(_printable(text[place : word.start]))
            found.append(_printable(text[word.start : word.end]), _style(float(value) / strongest))
            place = word.end
        found.append(_printable(text[place : place + 300]), "dim")
    return found


def _style(share: float) -> str:
    if abs(share) < 0.08:
        return ""
    background = (204, 98, 32) if share > 0 else (59, 134, 209)
    strength = 0.25 + 0.75 * abs(share)
    red, green, blue = (round(30 + strength * (each - 30)) for each in background)
    return f"rgb(255,255,255) on rgb({red},{green},{blue})"


def _printable(text: str) -> str:
    """A terminal obeys control characters, and a text may be anybody's."""
    return ODD.sub(" ", text)
