"""Images with several labels: which of them are there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from kerasft.base.errors import Problem
from kerasft.contract.objective import Objective
from kerasft.contract.plan import Training
from kerasft.contract.splits import Schema
from kerasft.formats.ladder import LADDER
from kerasft.inputs.images.splits import ImageSplits
from kerasft.inputs.images.task import ImageTask
from kerasft.targets.labels.kind import LABELS
from kerasft.targets.labels.problems import label_problems
from kerasft.tasks.image_multilabel.config import LabelModelConfig

if TYPE_CHECKING:
    import keras


class ImageMultilabel(ImageTask[LabelModelConfig]):
    """Images to any number of labels."""

    name = "image_multilabel"
    Config = LabelModelConfig
    targets = LABELS
    learning_rates = (1e-3, 1e-3)
    quantizations, pipeline_tag = LADDER, "image-classification"

    def head(self, features: keras.KerasTensor, config: LabelModelConfig, seed: int) -> keras.KerasTensor:
        """Returns logits (batch, labels)."""
        from kerasft.targets.labels.head import label_head

        return label_head(features, self.targets.schema_of(vars(config)), config.dropout, seed)

    def objective(self, config: LabelModelConfig, training: Training) -> Objective:
        """Returns the objective of several labels."""
        from kerasft.targets.labels.head import label_objective

        schema, balanced = self.targets.schema_of(vars(config)), training.class_weight == "auto"
        return label_objective(schema, balanced, training.label_smoothing, training.focal_gamma)

    def encode(self, schema: Schema) -> Callable[[np.ndarray], np.ndarray]:
        """Returns what gives labels as they are: float32 (batch, labels) of 0 and 1."""
        return lambda targets: targets

    def fit_problems(self, splits: ImageSplits, config: LabelModelConfig) -> list[Problem]:
        """Returns where the images or the labels are others than the model takes."""
        problems = super().fit_problems(splits, config)
        return problems + label_problems(splits.class_names, config.class_names)


TASK = ImageMultilabel()
