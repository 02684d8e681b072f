"""How a model learns several labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kerasft.base.errors import Problem
from kerasft.base.wording import shorten
from kerasft.contract.learning import Encode, Learning, unlike
from kerasft.contract.objective import Objective
from kerasft.contract.plan import Training
from kerasft.targets.labels.schema import Labels

if TYPE_CHECKING:
    import keras


class LabelLearning(Learning[Labels, np.ndarray]):
    """Logits (batch, labels), and a binary cross-entropy for each label."""

    def head(
        self, features: keras.KerasTensor, schema: Labels, dropout: float, seed: int
    ) -> keras.KerasTensor:
        """Returns logits (batch, labels)."""
        from kerasft.targets.labels.head import label_head

        return label_head(features, schema, dropout, seed)

    def objective(self, schema: Labels, training: Training) -> Objective:
        """Returns the objective of several labels."""
        from kerasft.targets.labels.head import label_objective

        balanced = training.class_weight == "auto"
        return label_objective(schema, balanced, training.label_smoothing, training.focal_gamma)

    def encode(self, schema: Labels) -> Encode:
        """Returns what gives labels as they are: float32 (batch, labels) of 0 and 1."""
        return lambda targets: targets

    def setting_problems(self, training: Training) -> list[Problem]:
        """Returns that examples of several labels can't be drawn so that each label is there alike, and the like."""
        problems = super().setting_problems(training)
        if training.class_weight == "oversample":
            what = "an example with several labels can't be drawn for one of them alone"
            problems.append(Problem(what, "--class-weight oversample", "use --class-weight auto"))
        if training.threshold_for != "none":
            what = "each label has a threshold of its own, chosen by its F1"
            problems.append(Problem(what, f"--threshold-for {training.threshold_for}", "leave it out"))
        return problems

    def adopt(
        self, kernel: np.ndarray, bias: np.ndarray, activation: str, schema: Labels
    ) -> tuple[np.ndarray, np.ndarray]:
        """Takes logits as they are."""
        count = len(schema.class_names)
        if kernel.shape[1] != count or activation == "softmax":
            raise unlike(kernel, activation, f"there are {count} labels, for a sigmoid or logits")
        return kernel, bias

    def mismatch(self, of_data: Labels, of_model: Labels) -> list[Problem]:
        """Returns that data and model have other labels, if they do."""
        if of_data.class_names == of_model.class_names:
            return []
        hint = "build the model with schema=splits.schema"
        received = f"{shorten(of_data.class_names)} and {shorten(of_model.class_names)}"
        return [Problem("the data and the model have other labels", received, hint)]


LEARNING = LabelLearning()
