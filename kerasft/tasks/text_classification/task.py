"""Text classification: a text, or a pair of texts, to one class of several."""

from __future__ import annotations

from kerasft.contract.examination import Examination
from kerasft.contract.findings import Diagnosis
from kerasft.contract.splits import Schema
from kerasft.inputs.texts import recognising
from kerasft.inputs.texts.encoding import TextEncoder
from kerasft.inputs.texts.mediapipe import classifier_code
from kerasft.inputs.texts.task import TextTask
from kerasft.targets.classes.answering import BEST
from kerasft.targets.classes.kind import CLASSES
from kerasft.tasks.text_classification.comparison import TextClassificationGrid
from kerasft.tasks.text_classification.config import TextModelConfig
from kerasft.tasks.text_classification.examining import examine_texts
from kerasft.tasks.text_classification.reading import read_texts


class TextClassification(TextTask[TextModelConfig]):
    """Texts, or pairs of texts, to one class of several."""

    name = "text_classification"
    Config = TextModelConfig
    targets = CLASSES
    Comparison, read = TextClassificationGrid, staticmethod(read_texts)
    pipeline_tag = "text-classification"

    def suits(self, wish: Examination) -> float:
        """Returns how likely data is of texts in classes without an order."""
        return 0.0 if wish.order else recognising.likelihood(wish)

    def examine(self, wish: Examination) -> Diagnosis:
        """Reads texts as training would, and says what is wrong with them."""
        return examine_texts(wish)

    def client_code(self, file: str, encoder: TextEncoder, io: str, schema: Schema) -> str:
        """Returns code for MediaPipe's TextClassifier."""
        return classifier_code(file, encoder, BEST)


TASK = TextClassification()
