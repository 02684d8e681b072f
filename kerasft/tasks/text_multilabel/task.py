"""Texts, or pairs of texts, with several labels: which of them fit."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from kerasft.base.errors import Problem
from kerasft.contract.objective import Objective
from kerasft.contract.plan import Training
from kerasft.contract.splits import Schema
from kerasft.inputs.texts.task import TextTask
from kerasft.inputs.texts.texts import TextSplits
from kerasft.targets.labels.kind import LABELS
from kerasft.targets.labels.problems import label_problems
from kerasft.tasks.text_multilabel.config import TextLabelConfig

if TYPE_CHECKING:
    import keras


class TextMultilabel(TextTask[TextLabelConfig]):
    """Texts, or pairs of texts, to any number of labels."""

    name = "text_multilabel"
    Config = TextLabelConfig
    targets = LABELS
    pipeline_tag = "text-classification"

    def head(self, features: keras.KerasTensor, config: TextLabelConfig, seed: int) -> keras.KerasTensor:
        """Returns logits (batch, labels)."""
        from kerasft.targets.labels.head import label_head

        return label_head(features, self.targets.schema_of(vars(config)), config.dropout, seed)

    def objective(self, config: TextLabelConfig, training: Training) -> Objective:
        """Returns the objective of several labels."""
        from kerasft.targets.labels.head import label_objective

        schema, balanced = self.targets.schema_of(vars(config)), training.class_weight == "auto"
        return label_objective(schema, balanced, training.label_smoothing, training.focal_gamma)

    def encode(self, schema: Schema) -> Callable[[np.ndarray], np.ndarray]:
        """Returns what gives labels as they are: float32 (batch, labels) of 0 and 1."""
        return lambda targets: targets

    def fit_problems(self, splits: TextSplits, config: TextLabelConfig) -> list[Problem]:
        """Returns where the labels are others. Texts fit every model: what is too long is cut."""
        return label_problems(splits.class_names, config.class_names)


TASK = TextMultilabel()
