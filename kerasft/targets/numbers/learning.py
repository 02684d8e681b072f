"""How a model learns numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kerasft.base.errors import Problem
from kerasft.base.wording import plural
from kerasft.contract.learning import Encode, Learning, settings_of, unlike
from kerasft.contract.objective import Objective
from kerasft.contract.plan import ClassWeighting, Training
from kerasft.targets.numbers.schema import Numbers

if TYPE_CHECKING:
    import keras


class NumberLearning(Learning[Numbers, np.ndarray]):
    """Standard deviations from the mean (batch, numbers), and their errors."""

    def head(
        self, features: keras.KerasTensor, schema: Numbers, dropout: float, seed: int
    ) -> keras.KerasTensor:
        """Returns numbers (batch, numbers), in standard deviations from the mean."""
        from kerasft.targets.numbers.head import number_head

        return number_head(features, len(schema.numbers), dropout, seed)

    def objective(self, schema: Numbers, training: Training) -> Objective:
        """Returns squared, absolute or Huber's errors, ranked by the mean absolute error."""
        from kerasft.targets.numbers.head import number_objective

        return number_objective(schema, training.loss, training.huber_delta)

    def encode(self, schema: Numbers) -> Encode:
        """Returns what scales numbers."""
        return schema.encode

    def setting_problems(self, training: Training) -> list[Problem]:
        """Returns what only classes have."""
        return settings_of(ClassWeighting, training, "numbers")

    def adopt(
        self, kernel: np.ndarray, bias: np.ndarray, activation: str, schema: Numbers
    ) -> tuple[np.ndarray, np.ndarray]:
        """Takes numbers in the units of the data, and scales them as a model of the task does."""
        count, scales = len(schema.numbers), schema.scales.astype("float32")
        if kernel.shape[1] != count or activation != "linear":
            raise unlike(kernel, activation, f"there are {plural(count, 'number')}, without an activation")
        return kernel / scales, (bias - schema.centres.astype("float32")) / scales

    def mismatch(self, of_data: Numbers, of_model: Numbers) -> list[Problem]:
        """Returns that data and model have other numbers, if they do."""
        if of_data == of_model:
            return []
        hint = "build the model with schema=splits.schema"
        what = "the data and the model have other numbers, units, means or deviations"
        return [Problem(what, f"{of_data} and {of_model}", hint)]


LEARNING = NumberLearning()
