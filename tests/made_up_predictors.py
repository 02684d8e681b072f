"""Predictors without a model: a test says what they answer, by a method `predict` of its own."""

from functools import partial
from types import SimpleNamespace

from kerasft.contract.registry import task_of
from kerasft.inputs.images.encoding import ImageEncoder
from kerasft.inputs.texts.column import as_texts
from kerasft.predicting.predictor import Predictor
from kerasft.targets.classes.schema import Classes


class OfImages(Predictor):
    """Takes images."""

    def __init__(self, class_names=("a", "b"), image_size=8, resize="stretch", kind="tflite"):
        encoder, task = ImageEncoder(image_size, resize), task_of("image_classification")
        super().__init__(kind, task, encoder, None, Classes(tuple(class_names)))


class OfTexts(Predictor):
    """Takes texts, or pairs of texts."""

    def __init__(self, class_names=("a", "b"), kind="tflite"):
        encoder, task = (
            SimpleNamespace(sequence_length=8, column=partial(as_texts, pairs=None)),
            task_of("text_classification"),
        )
        super().__init__(kind, task, encoder, None, Classes(tuple(class_names)))
