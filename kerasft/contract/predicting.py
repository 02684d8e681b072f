"""What explanations ask of a loaded model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from kerasft.contract.encoder import Encoder

if TYPE_CHECKING:
    import keras


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
