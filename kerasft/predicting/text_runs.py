"""Predicting texts with the Keras model of a run: the reference of every exported text file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasft.base.quiet import quiet
from kerasft.inputs.texts.encoding import check_pairs
from kerasft.targets.classes.calibration import softmax

BATCH_SIZE = 32


class KerasTextPredictor:
    """Predicts with a text model that answers with logits.

    Args:
        model: From `build_model`: it carries its config as `kerasft` and its tokenizer as `encoder`. It is used for
            prediction only from now on.
        pairs: Whether it was trained on pairs of texts; None: not known, so both are taken.
        temperature: What the logits are divided by before the softmax (see `kerasft.targets.classes.calibration`).
    """

    kind = "run"
    task = "text_classification"

    def __init__(self, model: Any, pairs: bool | None = None, temperature: float = 1.0):
        import keras

        if keras.backend.backend() == "tensorflow":
            model.jit_compile = False  # compiling for the CPU takes longer than a test split's predictions
        self.model, self.pairs, self.temperature = model, pairs, temperature
        self.class_names = tuple(model.kerasft.class_names)
        self.sequence_length = model.kerasft.sequence_length

    def predict(self, texts: Sequence[str], pairs: Sequence[str] | None = None) -> np.ndarray:
        """Returns float32 probabilities (n, classes) of texts, or of pairs of texts."""
        if self.pairs is not None:
            check_pairs(self.pairs, pairs)
        if not texts:
            return np.zeros((0, len(self.class_names)), "float32")
        return softmax(self.logits(texts, pairs), self.temperature)

    def logits(self, texts: Sequence[str], pairs: Sequence[str] | None = None) -> np.ndarray:
        """Returns float32 logits (n, classes) of texts, or of pairs of texts, n at least 1."""
        tokens = self.model.encoder(texts, pairs)
        logits = []
        with quiet():
            for start in range(0, len(texts), BATCH_SIZE):
                batch = {name: array[start : start + BATCH_SIZE] for name, array in tokens.items()}
                logits.append(self.model.predict_on_batch(batch))
        return np.concatenate(logits)
