"""How a model learns a number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kerasft.base.errors import Problem
from kerasft.base.options import flag
from kerasft.contract.learning import Encode, Learning
from kerasft.contract.objective import Objective
from kerasft.contract.plan import Training
from kerasft.targets.numbers.schema import Numbers

if TYPE_CHECKING:
    import keras

_OF_CLASSES = {"label_smoothing": 0, "focal_gamma": 0, "class_weight": "none"}  # and what they are without


class NumberLearning(Learning[Numbers, np.ndarray]):
    """Standard deviations from the mean (batch, 1), and their squared errors."""

    def head(
        self, features: keras.KerasTensor, schema: Numbers, dropout: float, seed: int
    ) -> keras.KerasTensor:
        """Returns numbers (batch, 1), in standard deviations from the mean."""
        from kerasft.targets.numbers.head import number_head

        return number_head(features, dropout, seed)

    def objective(self, schema: Numbers, training: Training) -> Objective:
        """Returns squared errors, ranked by the mean absolute error."""
        from kerasft.targets.numbers.head import number_objective

        return number_objective(schema)

    def encode(self, schema: Numbers) -> Encode:
        """Returns what scales numbers."""
        return schema.encode

    def setting_problems(self, training: Training) -> list[Problem]:
        """Returns what only classes have."""
        return [
            Problem(f"numbers have no {name.replace('_', ' ')}", str(given), f"leave out {flag(name)}")
            for name, without in _OF_CLASSES.items()
            if (given := getattr(training, name)) != without
        ]

    def mismatch(self, of_data: Numbers, of_model: Numbers) -> list[Problem]:
        """Returns that data and model have another number, if they do."""
        if of_data == of_model:
            return []
        hint = "build the model with schema=splits.schema"
        return [Problem("the data and the model have another number", str(of_model), hint)]


LEARNING = NumberLearning()
