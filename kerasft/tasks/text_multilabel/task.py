"""Texts, or pairs of texts, with several labels: which of them fit."""

from __future__ import annotations

from typing import cast

from kerasft.contract.examination import Examination
from kerasft.contract.findings import Diagnosis
from kerasft.contract.splits import Schema
from kerasft.inputs.texts.encoding import TextEncoder
from kerasft.inputs.texts.mediapipe import classifier_code
from kerasft.inputs.texts.task import TextTask
from kerasft.targets.labels.answering import found_labels
from kerasft.targets.labels.kind import LABELS
from kerasft.targets.labels.schema import Labels
from kerasft.tasks.text_multilabel import examining
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

    def suits(self, wish: Examination) -> float:
        """Returns how likely data is of texts with several labels."""
        return examining.likelihood(wish)

    def examine(self, wish: Examination) -> Diagnosis:
        """Reads texts with several labels as training would, and says what is wrong with them."""
        return examining.examine(wish)

    def client_code(self, file: str, encoder: TextEncoder, io: str, schema: Schema) -> str:
        """Returns code for MediaPipe's TextClassifier, which gives each label's probability as it is."""
        return classifier_code(file, encoder, found_labels(cast(Labels, schema)))


TASK = TextMultilabel()
