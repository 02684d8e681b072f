"""Text regression: a text, or a pair of texts, to numbers."""

from __future__ import annotations

from kerasft.contract.examination import Examination
from kerasft.contract.findings import Diagnosis
from kerasft.inputs.texts.task import TextTask
from kerasft.targets.numbers.kind import NUMBERS
from kerasft.tasks.text_regression import examining
from kerasft.tasks.text_regression.comparison import TextRegressionGrid
from kerasft.tasks.text_regression.config import TextNumberConfig
from kerasft.tasks.text_regression.reading import read_texts_with_numbers


class TextRegression(TextTask[TextNumberConfig]):
    """Texts, or pairs of texts, to numbers."""

    name = "text_regression"
    Config = TextNumberConfig
    targets = NUMBERS
    Comparison, read = TextRegressionGrid, staticmethod(read_texts_with_numbers)

    def suits(self, wish: Examination) -> float:
        """Returns how likely data is of texts with numbers."""
        return examining.likelihood(wish)

    def examine(self, wish: Examination) -> Diagnosis:
        """Reads texts with numbers as training would, and says what is wrong with them."""
        return examining.examine(wish)


TASK = TextRegression()
