"""What explanations ask of a loaded model, and what gathers its answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from kerasft.contract.asking import Example
from kerasft.contract.encoder import Encoder

if TYPE_CHECKING:
    import keras


class Album(Protocol):
    """Gathers answers into files of all of them."""

    def add(self, example: Example, answer: np.ndarray, /) -> None:
        """Adds the answer (...) to an example."""

    def files(self) -> dict[str, bytes]:
        """Returns the files, whole, by their names; at least one answer was added."""


class Predicting(Protocol):
    """A loaded model, and all that turns examples into its answers: see `kerasft.predicting.predictor.Predictor`."""

    @property
    def encoder(self) -> Encoder:
        """From examples to what the model reads."""

    @property
    def model(self) -> keras.Model:
        """The Keras model of a run; None of files, which have no gradients."""

    def predict(self, examples: object, /) -> np.ndarray:
        """Returns the answers (n, ...) to a column of examples."""
