"""Texts, or pairs of texts, with several labels: which of them fit."""

from __future__ import annotations

from kerasft.contract.examination import Examination
from kerasft.contract.findings import Diagnosis
from kerasft.inputs.texts.task import TextTask
from kerasft.targets.labels.kind import LABELS
from kerasft.tasks.text_multilabel.comparison import TextMultilabelGrid
from kerasft.tasks.text_multilabel import examining
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


TASK = TextMultilabel()
