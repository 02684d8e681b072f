"""Text classification: a text, or a pair of texts, to one class of several."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

import numpy as np

from kerasft.base.errors import Problem
from kerasft.contract.examination import Examination
from kerasft.contract.findings import Diagnosis
from kerasft.contract.grid import Build, Grid
from kerasft.contract.objective import Objective
from kerasft.contract.plan import Training
from kerasft.contract.splits import Schema, class_names_of
from kerasft.inputs.texts import recognising
from kerasft.inputs.texts.encoding import TextEncoder
from kerasft.inputs.texts.serving import mediapipe_reads
from kerasft.inputs.texts.task import TextTask
from kerasft.inputs.texts.texts import TextSplits
from kerasft.targets.classes.encoding import class_weigher, one_hot
from kerasft.targets.classes.kind import CLASSES
from kerasft.targets.classes.mediapipe import Classifier
from kerasft.targets.classes.schema import class_problems
from kerasft.tasks.text_classification.comparison import TextComparison, compared_texts
from kerasft.tasks.text_classification.config import TextModelConfig
from kerasft.tasks.text_classification.examining import examine_texts

if TYPE_CHECKING:
    import keras


class TextClassification(TextTask[TextModelConfig]):
    """Texts, or pairs of texts, to one class of several."""

    name = "text_classification"
    Config = TextModelConfig
    targets = CLASSES
    Comparison = TextComparison
    pipeline_tag = "text-classification"

    def head(self, features: keras.KerasTensor, config: TextModelConfig, seed: int) -> keras.KerasTensor:
        """Returns logits (batch, classes)."""
        from kerasft.targets.classes.head import classification_head

        return classification_head(features, len(config.class_names), config.dropout, seed)

    def objective(self, config: TextModelConfig, training: Training) -> Objective:
        """Returns the objective of one class of several."""
        from kerasft.targets.classes.head import classification_objective

        return classification_objective(
            len(config.class_names), training.label_smoothing, training.focal_gamma
        )

    def encode(self, schema: Schema) -> Callable[[np.ndarray], np.ndarray]:
        """Returns what makes one-hot rows of labels."""
        return one_hot(len(class_names_of(schema)))

    def weigh(self, splits: TextSplits, training: Training) -> Callable[[np.ndarray], np.ndarray] | None:
        """Returns what makes classes count alike, if that is asked for."""
        count = len(splits.class_names)
        return class_weigher(splits.train.labels, count) if training.class_weight == "auto" else None

    def fit_problems(self, splits: TextSplits, config: TextModelConfig) -> list[Problem]:
        """Returns where the classes are other ones. Texts fit every model: what is too long is cut."""
        return class_problems(splits.class_names, config.class_names)

    def suits(self, wish: Examination) -> float:
        """Returns how likely data is of texts."""
        return recognising.likelihood(wish)

    def examine(self, wish: Examination) -> Diagnosis:
        """Reads texts as training would, and says what is wrong with them."""
        return examine_texts(wish)

    def compared(self, config: Grid) -> tuple[TextSplits, Build]:
        """Reads texts, and returns them with what builds a model for them."""
        return compared_texts(cast(TextComparison, config))

    def client_code(self, file: str, encoder: TextEncoder, io: str) -> str:
        """Returns code for MediaPipe's TextClassifier, where it makes the same tokens."""
        readable = file.endswith(".tflite") and mediapipe_reads(encoder, bool(encoder.pairs))
        return _MEDIAPIPE.code(file) if readable else ""


_MEDIAPIPE = Classifier(
    kind="Text",
    group="text",
    pod="MediaPipeTasksText",
    result="text",
    kotlin='"Where is my parcel?"',
    swift='text: "Where is my parcel?"',
)
TASK = TextClassification()
