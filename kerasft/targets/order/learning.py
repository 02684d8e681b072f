"""How a model learns classes with an order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kerasft.base.errors import Problem
from kerasft.contract.learning import unlike
from kerasft.contract.objective import Objective
from kerasft.contract.plan import Training
from kerasft.targets.classes.learning import ClassLearning
from kerasft.targets.classes.schema import Classes
from kerasft.targets.order.schema import order_problems

if TYPE_CHECKING:
    import keras


class OrderLearning(ClassLearning):
    """Log probabilities (batch, classes), each the product of answers to "more than this?"."""

    def head(
        self, features: keras.KerasTensor, schema: Classes, dropout: float, seed: int
    ) -> keras.KerasTensor:
        """Returns log probabilities (batch, classes)."""
        from kerasft.targets.order.head import order_head

        return order_head(features, len(schema.class_names), dropout, seed)

    def objective(self, schema: Classes, training: Training) -> Objective:
        """Returns cross-entropy, ranked by the mean absolute error in steps."""
        from kerasft.targets.order.head import order_objective

        return order_objective(len(schema.class_names), training)

    def setting_problems(self, training: Training) -> list[Problem]:
        """Returns that no threshold is chosen: the answer is the median."""
        problems = super().setting_problems(training)
        if training.threshold_for != "none":
            what = "of classes with an order the median is the answer, whatever threshold there is"
            problems.append(Problem(what, f"--threshold-for {training.threshold_for}", "leave it out"))
        return problems

    def unfit_settings(self, schema: Classes, training: Training) -> list[Problem]:
        """Returns none: see `setting_problems`."""
        return []

    def adopt(
        self, kernel: np.ndarray, bias: np.ndarray, activation: str, schema: Classes
    ) -> tuple[np.ndarray, np.ndarray]:
        """Refuses: the head of an order is no dense layer that others have."""
        raise unlike(kernel, activation, "an order has a head of its own; take image_classification")

    def mismatch(self, of_data: Classes, of_model: Classes) -> list[Problem]:
        """Returns that the classes are other ones, or in another order."""
        return order_problems(of_data, of_model)


LEARNING = OrderLearning()
