"""What an export of any kind of input knows all along, while it makes one rung after the other."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from kerasft.exporting import kernels, measuring
from kerasft.formats.description import Description
from kerasft.formats.tflite_metadata import About
from kerasft.predicting.opening import predictor_of_file
from kerasft.predicting.predictor import Predictor


class Plan:
    """What stays the same for all the rungs of one export.

    Args:
        predictor: The run's `Predictor`, with its temperature.
        model_config: The run's config of the model.
        splits: The run's splits.
        settings: The caller's wishes.

    Attributes:
        rungs: The quantizations of a `.tflite`, from the smallest file to the largest.
    """

    rungs: ClassVar[tuple[str, ...]]

    def __init__(self, predictor: Predictor, model_config: Any, splits: Any, settings: Any):
        self.predictor, self.model_config, self.splits = predictor, model_config, splits
        self.settings = settings
        self.reference = measuring.make_reference(predictor, splits)
        self.score_threshold: float | None = None

    @property
    def model(self) -> Any:
        """The run's Keras model."""
        return self.predictor.model

    @property
    def encoder(self) -> Any:
        """Its encoder, that of the plan's own kind of input."""
        return self.predictor.encoder

    def validation(self) -> tuple[np.ndarray, np.ndarray]:
        """Returns the Keras model's probabilities of the validation split, and its labels."""
        split = self.splits.validation
        return self.predictor.predict(split.examples), split.labels

    def describe(self, rung: str) -> Description:
        """Returns what the file of a rung says about itself."""
        return self.predictor.describe(self.model_config.backbone, rung, self.score_threshold)

    def labels(self) -> str:
        """Returns the content of `labels.txt`."""
        return self.describe("saved_model").labels()

    def details(self, rung: str) -> dict[str, Any]:
        """Returns the description as values for JSON."""
        return self.describe(rung).as_dict()

    def about(self, rung: str) -> About:
        """Returns what the metadata says to people."""
        return self.settings.about(self.model_config.backbone, self.model_config.class_names, rung)

    def tolerance(self, rung: str, path: Path, answers: np.ndarray) -> float | None:
        """Returns how far an app's answers may be from the file's; None for files without a choice of kernels."""
        if rung not in self.rungs:
            return None
        return kernels.tolerance(
            lambda name: kernels.use_kernels(predictor_of_file(path), path, name),
            self.reference.examples,
            answers,
            rung,
        )
