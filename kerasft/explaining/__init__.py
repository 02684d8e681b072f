"""Why a model answers as it does: maps over images, weights of words, from any artifact."""

from kerasft.contract.explanation import METHODS
from kerasft.explaining.explainer import automatic_method, explain, explain_column, explainer_of

__all__ = ["METHODS", "automatic_method", "explain", "explain_column", "explainer_of"]
