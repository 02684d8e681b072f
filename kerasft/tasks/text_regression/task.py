"""Text regression: a text, or a pair of texts, to a number."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

import numpy as np

from kerasft.base.errors import Problem
from kerasft.contract.objective import Objective
from kerasft.contract.plan import Training
from kerasft.contract.splits import Schema
from kerasft.inputs.texts.task import TextTask
from kerasft.inputs.texts.texts import TextSplits
from kerasft.targets.numbers.kind import NUMBERS
from kerasft.targets.numbers.problems import number_problems, training_problems
from kerasft.targets.numbers.schema import Numbers
from kerasft.tasks.text_regression.config import TextNumberConfig

if TYPE_CHECKING:
    import keras


class TextRegression(TextTask[TextNumberConfig]):
    """Texts, or pairs of texts, to a number."""

    name = "text_regression"
    Config = TextNumberConfig
    targets = NUMBERS

    def head(self, features: keras.KerasTensor, config: TextNumberConfig, seed: int) -> keras.KerasTensor:
        """Returns numbers (batch, 1), in standard deviations from the mean."""
        from kerasft.targets.numbers.head import number_head

        return number_head(features, config.dropout, seed)

    def objective(self, config: TextNumberConfig, training: Training) -> Objective:
        """Returns squared errors, ranked by the mean absolute error."""
        from kerasft.targets.numbers.head import number_objective

        return number_objective(self.targets.schema_of(vars(config)))

    def encode(self, schema: Schema) -> Callable[[np.ndarray], np.ndarray]:
        """Returns what scales numbers."""
        return cast(Numbers, schema).encode

    def training_problems(self, training: Training) -> list[Problem]:
        """Returns what only classes have."""
        return training_problems(training)

    def fit_problems(self, splits: TextSplits, config: TextNumberConfig) -> list[Problem]:
        """Returns where the number is another. Texts fit every model: what is too long is cut."""
        return number_problems(splits.schema, self.targets.schema_of(vars(config)))


TASK = TextRegression()
