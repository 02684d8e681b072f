"""How a model learns a class for each pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kerasft.base.errors import Problem
from kerasft.base.wording import shorten
from kerasft.contract.learning import Encode, Learning
from kerasft.contract.objective import Objective
from kerasft.contract.plan import Training
from kerasft.targets.masks.schema import Masks

if TYPE_CHECKING:
    import keras


class MaskLearning(Learning[Masks, np.ndarray]):
    """Logits (batch, height, width, classes), a cross-entropy for each pixel and Dice for each class."""

    def head(
        self, features: keras.KerasTensor, schema: Masks, dropout: float, seed: int
    ) -> keras.KerasTensor:
        """Raises `TypeError`: pooled features have no pixels. See `kerasft.targets.masks.head.mask_head`."""
        raise TypeError("a decoder needs the feature maps of a backbone, not its pooled features")

    def objective(self, schema: Masks, training: Training) -> Objective:
        """Returns the objective of masks."""
        from kerasft.targets.masks.head import mask_objective

        balanced = training.class_weight == "auto"
        return mask_objective(schema, balanced, training.label_smoothing, training.focal_gamma)

    def encode(self, schema: Masks) -> Encode:
        """Returns what gives masks as they are: uint8 (batch, height, width)."""
        return lambda targets: targets

    def setting_problems(self, training: Training) -> list[Problem]:
        """Returns that images can't be drawn so that each class has as many pixels, and the like."""
        problems = super().setting_problems(training)
        if training.class_weight == "oversample":
            what = "an image can't be drawn for one class of its pixels alone"
            problems.append(Problem(what, "--class-weight oversample", "use --class-weight auto"))
        if training.threshold_for != "none":
            what = "the class of a pixel is the most probable one, without a threshold"
            problems.append(Problem(what, f"--threshold-for {training.threshold_for}", "leave it out"))
        return problems

    def mismatch(self, of_data: Masks, of_model: Masks) -> list[Problem]:
        """Returns that data and model have other classes, if they do."""
        if of_data.class_names == of_model.class_names:
            return []
        hint = "build the model with schema=splits.schema"
        received = f"{shorten(of_data.class_names)} and {shorten(of_model.class_names)}"
        return [Problem("the data and the model have other classes", received, hint)]


LEARNING = MaskLearning()
