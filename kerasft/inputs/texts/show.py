"""Texts on a page: cut, and with the words marked that speak for an answer or against it."""

from __future__ import annotations

from markupsafe import Markup

from kerasft.base.wording import clip
from kerasft.contract.showing import Showing
from kerasft.contract.splits import Split
from kerasft.inputs.texts.explanation import TextExplanation
from kerasft.inputs.texts.page import coloured

LONGEST_TEXT = 280  # characters
_LONGEST_ID, _LONGEST_EXPLAINED = 120, 700


class TextShowing(Showing[TextExplanation]):
    """Texts, or pairs of texts, one below the other."""

    layout = "texts"
    in_a_row = 3
    about = ""
    augmented = False

    def example(self, split: Split, row: int) -> dict[str, object]:
        """Returns the id of a text, and the text, or both texts of a pair, on one line, cut."""
        pair = {} if split.examples.pairs is None else {"pair": clip(split.examples.pairs[row], LONGEST_TEXT)}
        return {
            "id": clip(split.ids[row], _LONGEST_ID),
            "text": clip(split.examples.texts[row], LONGEST_TEXT),
            **pair,
        }

    def evidence(self, explanation: TextExplanation) -> dict[str, object]:
        """Returns the text, or both texts of a pair, with its words marked."""
        return {"words": coloured(explanation, _LONGEST_EXPLAINED)}

    def legend(self, which: str, method: str, claim: str = "the answer") -> Markup:
        """Says what the colours of the words mean."""
        sentence = (
            'Colours in {}: words <mark class="for" style="--a:1">for</mark> {} and '
            '<mark class="against" style="--a:1">against</mark> it ({}).'
        )
        return Markup(sentence).format(which, claim, method)


SHOWING = TextShowing()
