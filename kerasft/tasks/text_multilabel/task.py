"""Texts, or pairs of texts, with several labels: which of them fit."""

from __future__ import annotations

from kerasft.inputs.texts.task import TextTask
from kerasft.targets.labels.kind import LABELS
from kerasft.tasks.text_multilabel.comparison import TextMultilabelGrid
from kerasft.tasks.text_multilabel.config import TextLabelConfig
from kerasft.tasks.text_multilabel.reading import read_texts_with_labels


class TextMultilabel(TextTask[TextLabelConfig]):
    """Texts, or pairs of texts, to any number of labels."""

    name = "text_multilabel"
    Config = TextLabelConfig
    targets = LABELS
    Comparison, read = TextMultilabelGrid, staticmethod(read_texts_with_labels)
    pipeline_tag = "text-classification"


TASK = TextMultilabel()
