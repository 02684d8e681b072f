"""Why a model answers as it does: maps over pictures, weights of words, from any artifact."""

from kerasft.contract.explanation import METHODS, Completeness, PictureExplanation, TextExplanation, Word
from kerasft.explaining.explainer import automatic_method, explain, explain_arrays, explain_texts

__all__ = [
    "METHODS",
    "Completeness",
    "PictureExplanation",
    "TextExplanation",
    "Word",
    "automatic_method",
    "explain",
    "explain_arrays",
    "explain_texts",
]
