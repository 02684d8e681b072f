"""Image regression: an image to a number."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

import numpy as np

from kerasft.base.errors import Problem
from kerasft.contract.examination import Examination
from kerasft.contract.findings import Diagnosis
from kerasft.contract.objective import Objective
from kerasft.contract.plan import Training
from kerasft.contract.splits import Schema
from kerasft.formats.ladder import LADDER
from kerasft.inputs.images.splits import ImageSplits
from kerasft.inputs.images.task import ImageTask
from kerasft.targets.numbers.kind import NUMBERS
from kerasft.targets.numbers.problems import number_problems, training_problems
from kerasft.targets.numbers.schema import Numbers
from kerasft.tasks.image_regression import examining
from kerasft.tasks.image_regression.config import NumberModelConfig

if TYPE_CHECKING:
    import keras


class ImageRegression(ImageTask[NumberModelConfig]):
    """Images to a number."""

    name = "image_regression"
    Config = NumberModelConfig
    targets = NUMBERS
    quantizations = tuple(
        quantization for quantization in LADDER if quantization != "int8"
    )  # whose output has 256 steps

    def head(self, features: keras.KerasTensor, config: NumberModelConfig, seed: int) -> keras.KerasTensor:
        """Returns numbers (batch, 1), in standard deviations from the mean."""
        from kerasft.targets.numbers.head import number_head

        return number_head(features, config.dropout, seed)

    def objective(self, config: NumberModelConfig, training: Training) -> Objective:
        """Returns squared errors, ranked by the mean absolute error."""
        from kerasft.targets.numbers.head import number_objective

        return number_objective(self.targets.schema_of(vars(config)))

    def encode(self, schema: Schema) -> Callable[[np.ndarray], np.ndarray]:
        """Returns what scales numbers."""
        return cast(Numbers, schema).encode

    def training_problems(self, training: Training) -> list[Problem]:
        """Returns what only classes have."""
        return training_problems(training)

    def suits(self, wish: Examination) -> float:
        """Returns how likely data is of images with numbers."""
        return examining.likelihood(wish)

    def examine(self, wish: Examination) -> Diagnosis:
        """Reads images with numbers as training would, and says what is wrong with them."""
        return examining.examine(wish)

    def fit_problems(self, splits: ImageSplits, config: NumberModelConfig) -> list[Problem]:
        """Returns where the images are others than the model takes, or the number another."""
        ours = self.targets.schema_of(vars(config))
        return super().fit_problems(splits, config) + number_problems(splits.schema, ours)


TASK = ImageRegression()
