"""What an explanation is: plain values, which know how to be written and told."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from kerasft.base.printable import shown

METHODS = ("auto", "grad-cam", "token-gradients", "integrated-gradients", "occlusion")
LARGEST_GAP = 0.05  # of the completeness, relative: beyond it, more steps are advised


@dataclass(frozen=True)
class Completeness:
    """How well the attributions of integrated gradients add up to what they must.

    Args:
        steps: Points on the way from the baseline to the input.
        difference: The class's logit for the input, less its logit for the baseline.
        total: The sum of all attributions, which would be the same with endless steps.
    """

    steps: int
    difference: float
    total: float

    @property
    def relative_error(self) -> float:
        """Their distance, as a share of the difference."""
        return abs(self.total - self.difference) / max(abs(self.difference), 1e-6)

    def __str__(self) -> str:
        text = f"attributions add up to {self.total:+.4f}, the logit rises by {self.difference:+.4f}"
        text += f" (gap {self.relative_error:.2%} with {self.steps} steps)"
        more = self.relative_error > LARGEST_GAP
        return text + (f"; try --steps {4 * self.steps}" if more else "")

    def as_dict(self) -> dict[str, Any]:
        """Returns it as a value for JSON."""
        numbers = {"steps": self.steps, "logit_difference": self.difference, "total": self.total}
        return {**numbers, "relative_error": self.relative_error}


@dataclass(frozen=True, eq=False)
class PictureExplanation:
    """Where in a picture the evidence for a class is.

    Args:
        input: The picture, as it was given.
        method: How it was found, one of `METHODS` without "auto".
        class_name: The class that is explained.
        probability: Its probability, calibrated, between 0 and 1.
        predicted: The most probable class.
        attribution: float32 (height, width), at the model's size. Grad-CAM is 0 and above; the other methods have
            a sign: positive speaks for the class, negative against.
        image: uint8 (height, width, 3), the picture as the model sees it.
        about: What the method was run with, in words: the feature map, the baseline or the patch.
        completeness: Of integrated gradients; None for other methods.
    """

    input: str
    method: str
    class_name: str
    probability: float
    predicted: str
    attribution: np.ndarray = field(repr=False)
    image: np.ndarray = field(repr=False)
    about: str = ""
    completeness: Completeness | None = None

    @property
    def signed(self) -> bool:
        """Whether the attributions have a sign."""
        return self.method != "grad-cam"

    def __str__(self) -> str:
        return "\n".join([_heading(self, self.input), *_remarks(self)])

    def as_dict(self) -> dict[str, Any]:
        """Returns it as a value for JSON, without the map itself, but with where it is strongest (row, column)."""
        row, column = np.unravel_index(int(self.attribution.argmax()), self.attribution.shape)
        strongest = {"strongest": [int(row), int(column)], "size": list(self.attribution.shape)}
        return {"input": self.input, **_common(self), **strongest}

    def save(self, path: str | Path) -> Path:
        """Writes a PNG: the picture, the map on it, the class with its probability and a legend."""
        from kerasft.inputs.images.overlay import write_png

        return write_png(self, path)


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
class TextExplanation:
    """Which words of a text speak for a class, and which against.

    Args:
        input: The text.
        method: "integrated-gradients" or "occlusion".
        class_name: The class that is explained.
        probability: Its probability, calibrated, between 0 and 1.
        predicted: The most probable class.
        attribution: float32 (words,): positive speaks for the class, negative against.
        words: What the model read, in the order of the text; what was cut off is not among them.
        pair: The second text of a pair; None for all else.
        about: What the method was run with, in words.
        completeness: Of integrated gradients; None for occlusion.
    """

    input: str
    method: str
    class_name: str
    probability: float
    predicted: str
    attribution: np.ndarray = field(repr=False)
    words: tuple[Word, ...] = field(repr=False)
    pair: str | None = None
    about: str = ""
    completeness: Completeness | None = None

    def __str__(self) -> str:
        order = np.argsort(-np.abs(self.attribution), kind="stable")[:8]
        told = ", ".join(f"{self.words[i].text} {self.attribution[i]:+.2f}" for i in order)
        return "\n".join(
            [_heading(self, _short(self.input)), *([f"  {told}"] if told else []), *_remarks(self)]
        )

    def as_dict(self) -> dict[str, Any]:
        """Returns it as a value for JSON."""
        words = [
            {"text": word.text, "start": word.start, "half": word.half, "attribution": float(value)}
            for word, value in zip(self.words, self.attribution, strict=True)
        ]
        pair = {} if self.pair is None else {"pair": self.pair}
        return {"input": self.input, **pair, **_common(self), "words": words}

    def save(self, path: str | Path) -> Path:
        """Writes one HTML page that needs nothing else."""
        from kerasft.inputs.texts.page import write_page

        return write_page([self], path)


def _heading(explanation: Any, what: str) -> str:
    found = f"{shown(what)}: {shown(explanation.class_name)} {explanation.probability:.3f}"
    if explanation.predicted != explanation.class_name:
        found += f" (answer: {shown(explanation.predicted)})"
    return f"{found}, by {explanation.method}"


def _remarks(explanation: Any) -> list[str]:
    found = [] if not explanation.about else [f"  {explanation.about}"]
    return found + ([] if explanation.completeness is None else [f"  {explanation.completeness}"])


def _common(explanation: Any) -> dict[str, Any]:
    complete = explanation.completeness
    return {
        "method": explanation.method,
        "class_name": explanation.class_name,
        "probability": explanation.probability,
        "predicted": explanation.predicted,
        "about": explanation.about,
        **({} if complete is None else {"completeness": complete.as_dict()}),
    }


def _short(text: str, longest: int = 200) -> str:
    text = " ".join(text[: 4 * longest].split())
    return text if len(text) <= longest else text[: longest - 1] + "…"
