"""Images with several labels: which of them are there."""

from __future__ import annotations

from typing import cast

from kerasft.contract.examination import Examination
from kerasft.contract.findings import Diagnosis
from kerasft.contract.splits import Schema
from kerasft.inputs.images.encoding import ImageEncoder
from kerasft.inputs.images.mediapipe import classifier_code
from kerasft.inputs.images.task import ImageTask
from kerasft.targets.labels.answering import found_labels
from kerasft.targets.labels.kind import LABELS
from kerasft.targets.labels.schema import Labels
from kerasft.tasks.image_multilabel import examining
from kerasft.tasks.image_multilabel.comparison import ImageMultilabelGrid
from kerasft.tasks.image_multilabel.config import LabelModelConfig
from kerasft.tasks.image_multilabel.reading import read_images_with_labels


class ImageMultilabel(ImageTask[LabelModelConfig]):
    """Images to any number of labels."""

    name = "image_multilabel"
    Config = LabelModelConfig
    targets = LABELS
    Comparison, read = ImageMultilabelGrid, staticmethod(read_images_with_labels)
    learning_rates = (1e-3, 1e-3)
    pipeline_tag = "image-classification"

    def suits(self, wish: Examination) -> float:
        """Returns how likely data is of images with several labels."""
        return examining.likelihood(wish)

    def examine(self, wish: Examination) -> Diagnosis:
        """Reads images with several labels as training would, and says what is wrong with them."""
        return examining.examine(wish)

    def client_code(self, file: str, encoder: ImageEncoder, io: str, schema: Schema) -> str:
        """Returns code for MediaPipe's ImageClassifier, which gives each label's probability as it is."""
        return classifier_code(file, io, found_labels(cast(Labels, schema)))


TASK = ImageMultilabel()
