"""Image classification: an image to one class of several."""

from __future__ import annotations

from kerasft.contract.examination import Examination
from kerasft.contract.findings import Diagnosis
from kerasft.contract.splits import Schema
from kerasft.inputs.images import recognising
from kerasft.inputs.images.encoding import ImageEncoder
from kerasft.inputs.images.mediapipe import classifier_code
from kerasft.inputs.images.task import ImageTask
from kerasft.targets.classes.answering import BEST
from kerasft.targets.classes.kind import CLASSES
from kerasft.tasks.image_classification.comparison import ImageClassificationGrid
from kerasft.tasks.image_classification.config import ModelConfig
from kerasft.tasks.image_classification.examining import examine_images
from kerasft.tasks.image_classification.reading import read_images


class ImageClassification(ImageTask[ModelConfig]):
    """Images to one class of several."""

    name = "image_classification"
    Config = ModelConfig
    targets = CLASSES
    Comparison, read = ImageClassificationGrid, staticmethod(read_images)
    pipeline_tag = "image-classification"

    def suits(self, wish: Examination) -> float:
        """Returns how likely data is of images in classes without an order."""
        return 0.0 if wish.order else recognising.likelihood(wish)

    def examine(self, wish: Examination) -> Diagnosis:
        """Reads images as training would, and says what is wrong with them."""
        return examine_images(wish)

    def client_code(self, file: str, encoder: ImageEncoder, io: str, schema: Schema) -> str:
        """Returns code for MediaPipe's ImageClassifier."""
        return classifier_code(file, io, BEST)


TASK = ImageClassification()
