"""The methods for texts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kerasft.base.errors import InputError, Problem
from kerasft.contract.explanation import Answered, Explainer
from kerasft.contract.predicting import Predicting
from kerasft.inputs.texts.column import Texts
from kerasft.inputs.texts.explaining import TokenGradients, occlude_words
from kerasft.inputs.texts.explanation import TextExplanation
from kerasft.inputs.texts.page import as_terminal_text, write_page

if TYPE_CHECKING:
    import keras
    from rich.console import RenderableType

PAGE = "explanations.html"


class TextExplainer(Explainer[Texts, TextExplanation]):
    """Weights of words."""

    methods = ("integrated-gradients", "occlusion")

    def automatic(self, model: keras.Model) -> str:
        """Returns integrated gradients: every text model has embeddings."""
        return "integrated-gradients"

    def explain(
        self,
        predictor: Predicting,
        examples: Texts,
        asked: Sequence[Answered],
        method: str,
        steps: int,
        patch: int | None = None,
    ) -> list[TextExplanation]:
        """Explains answers to texts, or to pairs of texts."""
        if method not in self.methods:
            hint = "use --method integrated-gradients or occlusion"
            raise InputError(Problem(f"{method} explains images, and this model takes texts", method, hint))
        gradients = TokenGradients(predictor, steps) if method == "integrated-gradients" else None
        pairs = examples.pairs or [None] * len(examples)
        explanations = []
        for one, text, pair in zip(asked, examples.texts, pairs, strict=True):
            if gradients is not None:
                found = gradients.explain(text, pair, one.claim)
            else:
                found = occlude_words(predictor, text, pair, one.claim)
            explanations.append(
                TextExplanation(
                    text, method, one.claim, found.attribution, found.words,
                    pair, about=found.about, completeness=found.completeness,
                )
            )  # fmt: skip
        return explanations

    def paths(self, explanations: Sequence[TextExplanation], folder: Path) -> list[Path]:
        """Returns the one page that all of them get."""
        return [folder / PAGE] * len(explanations)

    def write(self, explanations: Sequence[TextExplanation], paths: Sequence[Path]) -> None:
        """Writes the page, which needs nothing else."""
        write_page(explanations, paths[0])

    def for_terminal(self, explanation: TextExplanation) -> RenderableType:
        """Returns the text with its words coloured: orange speaks for the class, blue against."""
        return as_terminal_text(explanation)
