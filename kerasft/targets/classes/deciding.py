"""Which class an answer decides for."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Decide = Callable[[np.ndarray], np.ndarray]  # probabilities (..., classes) to classes (...)


def most_probable(probabilities: np.ndarray) -> np.ndarray:
    """Returns the most probable class of each answer, the first one of equals."""
    return probabilities.argmax(axis=-1)
