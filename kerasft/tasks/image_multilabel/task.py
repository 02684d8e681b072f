"""Images with several labels: which of them are there."""

from __future__ import annotations

from kerasft.inputs.images.task import ImageTask
from kerasft.targets.labels.kind import LABELS
from kerasft.tasks.image_multilabel.config import LabelModelConfig


class ImageMultilabel(ImageTask[LabelModelConfig]):
    """Images to any number of labels."""

    name = "image_multilabel"
    Config = LabelModelConfig
    targets = LABELS
    learning_rates = (1e-3, 1e-3)
    pipeline_tag = "image-classification"


TASK = ImageMultilabel()
