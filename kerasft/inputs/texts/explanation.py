"""Which words of a text speak for a class, and which against."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from kerasft.base.json_values import JsonObject
from kerasft.contract.explanation import Explanation

_LONGEST = 200  # characters of a text that a line holds


@dataclass(frozen=True)
class Word:
    """A word, a number or a mark of a text.

    Args:
        text: As it is written in the text.
        start: Its first character in the text.
        end: The character after its last.
        half: 0; in the second text of a pair 1.
        pieces: What the tokenizer made of it; empty where the method knows no tokens.
    """

    text: str
    start: int
    end: int
    half: int = 0
    pieces: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class TextExplanation(Explanation):
    """Which words of a text speak for a class, and which against.

    `attribution` is float32 (words,).

    Args:
        words: What the model read, in the order of the text; what was cut off is not among them.
        pair: The second text of a pair; None for all else.
    """

    words: tuple[Word, ...] = field(repr=False)
    pair: str | None = None

    def called(self) -> str:
        """Returns the text, cut."""
        text = " ".join(self.input[: 4 * _LONGEST].split())
        return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"

    def details(self) -> str:
        """Returns the words that matter most."""
        order = np.argsort(-np.abs(self.attribution), kind="stable")[:8]
        return ", ".join(f"{self.words[i].text} {self.attribution[i]:+.2f}" for i in order)

    def as_dict(self) -> JsonObject:
        """Returns it as a value for JSON."""
        words: list[JsonObject] = [
            {"text": word.text, "start": word.start, "half": word.half, "attribution": float(value)}
            for word, value in zip(self.words, self.attribution, strict=True)
        ]
        found = super().as_dict()
        pair = {} if self.pair is None else {"pair": self.pair}
        return {"input": found.pop("input"), **pair, **found, "words": words}
