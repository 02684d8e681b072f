"""Texts on a page: cut, and with the words marked that speak for an answer or against it."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from kerasft.base.wording import clip
from kerasft.contract.showing import Showing
from kerasft.inputs.texts.page import coloured

LONGEST_TEXT = 280  # characters
_LONGEST_ID, _LONGEST_EXPLAINED = 120, 700


class TextShowing(Showing):
    """Texts, or pairs of texts, one below the other."""

    layout = "texts"
    in_a_row = 3
    about = ""
    augmented = False

    def example(self, split: Any, row: int) -> dict[str, Any]:
        """Returns the id of a text, and the text, or both texts of a pair, on one line, cut."""
        pair = {} if split.pairs is None else {"pair": clip(split.pairs[row], LONGEST_TEXT)}
        return {"id": clip(split.ids[row], _LONGEST_ID), "text": clip(split.texts[row], LONGEST_TEXT), **pair}

    def evidence(self, explanation: Any) -> dict[str, Any]:
        """Returns the text, or both texts of a pair, with its words marked."""
        return {"words": coloured(explanation, _LONGEST_EXPLAINED)}

    def legend(self, which: str, method: str) -> Markup:
        """Says what the colours of the words mean."""
        sentence = (
            'Colours in {}: words <mark class="for" style="--a:1">for</mark> the answer and '
            '<mark class="against" style="--a:1">against</mark> it ({}).'
        )
        return Markup(sentence).format(which, method)


SHOWING = TextShowing()
