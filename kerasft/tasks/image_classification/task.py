"""Image classification: an image to one class of several."""

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
from kerasft.formats.ladder import LADDER
from kerasft.inputs.images import recognising
from kerasft.inputs.images.encoding import ImageEncoder
from kerasft.inputs.images.splits import ImageSplits
from kerasft.inputs.images.task import ImageTask
from kerasft.targets.classes.encoding import class_weigher, one_hot
from kerasft.targets.classes.kind import CLASSES
from kerasft.targets.classes.mediapipe import Classifier
from kerasft.targets.classes.schema import class_problems
from kerasft.tasks.image_classification.comparison import ImageComparison, compared_images
from kerasft.tasks.image_classification.config import ModelConfig
from kerasft.tasks.image_classification.examining import examine_images

if TYPE_CHECKING:
    import keras


class ImageClassification(ImageTask[ModelConfig]):
    """Images to one class of several."""

    name = "image_classification"
    Config = ModelConfig
    targets = CLASSES
    Comparison = ImageComparison
    quantizations, pipeline_tag = LADDER, "image-classification"

    def head(self, features: keras.KerasTensor, config: ModelConfig, seed: int) -> keras.KerasTensor:
        """Returns logits (batch, classes)."""
        from kerasft.targets.classes.head import classification_head

        return classification_head(features, len(config.class_names), config.dropout, seed)

    def objective(self, config: ModelConfig, training: Training) -> Objective:
        """Returns the objective of one class of several."""
        from kerasft.targets.classes.head import classification_objective

        return classification_objective(
            len(config.class_names), training.label_smoothing, training.focal_gamma
        )

    def encode(self, schema: Schema) -> Callable[[np.ndarray], np.ndarray]:
        """Returns what makes one-hot rows of labels."""
        return one_hot(len(class_names_of(schema)))

    def weigh(self, splits: ImageSplits, training: Training) -> Callable[[np.ndarray], np.ndarray] | None:
        """Returns what makes classes count alike, if that is asked for."""
        count = len(splits.class_names)
        return class_weigher(splits.train.labels, count) if training.class_weight == "auto" else None

    def fit_problems(self, splits: ImageSplits, config: ModelConfig) -> list[Problem]:
        """Returns where the images or the classes are others than the model takes."""
        return super().fit_problems(splits, config) + class_problems(splits.class_names, config.class_names)

    def suits(self, wish: Examination) -> float:
        """Returns how likely data is of images."""
        return recognising.likelihood(wish)

    def examine(self, wish: Examination) -> Diagnosis:
        """Reads images as training would, and says what is wrong with them."""
        return examine_images(wish)

    def compared(self, config: Grid) -> tuple[ImageSplits, Build]:
        """Reads images, and returns them with what builds a model for them."""
        return compared_images(cast(ImageComparison, config))

    def client_code(self, file: str, encoder: ImageEncoder, io: str) -> str:
        """Returns code for MediaPipe's ImageClassifier, which takes uint8 and float32."""
        if not file.endswith(".tflite"):
            return ""
        if io == "int8":
            return "MediaPipe takes uint8 and float32: a file of `--io int8` is for LiteRT alone."
        return _MEDIAPIPE.code(file)


_MEDIAPIPE = Classifier(
    kind="Image",
    group="vision",
    pod="MediaPipeTasksVision",
    result="image",
    kotlin="BitmapImageBuilder(bitmap).build()",
    swift="image: MPImage(uiImage: image)",
    imports="import com.google.mediapipe.framework.image.BitmapImageBuilder\n",
)
TASK = ImageClassification()
