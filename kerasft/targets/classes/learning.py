"""How a model learns one class of several."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kerasft.base.errors import Problem
from kerasft.contract.learning import Draw, Encode, Learning, Weigh, unlike
from kerasft.contract.objective import Objective
from kerasft.contract.plan import Training
from kerasft.targets.classes.encoding import class_weigher, even_draw, one_hot
from kerasft.targets.classes.schema import Classes, class_problems

if TYPE_CHECKING:
    import keras


class ClassLearning(Learning[Classes, np.ndarray]):
    """Logits (batch, classes), cross-entropy with one-hot rows, and classes that count alike on request."""

    def head(
        self, features: keras.KerasTensor, schema: Classes, dropout: float, seed: int
    ) -> keras.KerasTensor:
        """Returns logits (batch, classes)."""
        from kerasft.targets.classes.head import classification_head

        return classification_head(features, len(schema.class_names), dropout, seed)

    def objective(self, schema: Classes, training: Training) -> Objective:
        """Returns the objective of one class of several."""
        from kerasft.targets.classes.head import classification_objective

        count = len(schema.class_names)
        return classification_objective(
            count,
            training.label_smoothing,
            training.focal_gamma,
            balanced=training.class_weight != "none",
            threshold=training.threshold_for != "none" and count == 2,
        )

    def encode(self, schema: Classes) -> Encode:
        """Returns what makes one-hot rows of labels."""
        return one_hot(len(schema.class_names))

    def weigh(self, targets: np.ndarray, schema: Classes, training: Training) -> Weigh | None:
        """Returns what makes classes count alike, if that is asked for."""
        return class_weigher(targets, len(schema.class_names)) if training.class_weight == "auto" else None

    def draw(self, targets: np.ndarray, schema: Classes, training: Training) -> Draw | None:
        """Returns what draws each class as often as the others, if that is asked for."""
        return even_draw(targets) if training.class_weight == "oversample" else None

    def unfit_settings(self, schema: Classes, training: Training) -> list[Problem]:
        """Returns that a threshold is between two classes, where there are more."""
        count = len(schema.class_names)
        if training.threshold_for == "none" or count == 2:
            return []
        what = f"--threshold-for is for two classes, and there are {count}"
        return [Problem(what, training.threshold_for, "leave it out, or use --class-weight auto")]

    def adopt(
        self, kernel: np.ndarray, bias: np.ndarray, activation: str, schema: Classes
    ) -> tuple[np.ndarray, np.ndarray]:
        """Takes logits as they are, and a sigmoid as the second of two classes."""
        count = len(schema.class_names)
        if count == 2 and kernel.shape[1] == 1 and activation in ("sigmoid", "linear"):
            return np.concatenate([np.zeros_like(kernel), kernel], axis=1), np.array([0, bias[0]], "float32")
        if kernel.shape[1] != count or activation == "sigmoid":
            raise unlike(kernel, activation, f"there are {count} classes, for a softmax or logits")
        return kernel, bias

    def mismatch(self, of_data: Classes, of_model: Classes) -> list[Problem]:
        """Returns that the classes are other ones, or in another order."""
        return class_problems(of_data.class_names, of_model.class_names)


LEARNING = ClassLearning()
