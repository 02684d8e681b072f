"""Text regression: a text, or a pair of texts, to numbers."""

from __future__ import annotations

from kerasft.inputs.texts.task import TextTask
from kerasft.targets.numbers.kind import NUMBERS
from kerasft.tasks.text_regression.comparison import TextRegressionGrid
from kerasft.tasks.text_regression.config import TextNumberConfig
from kerasft.tasks.text_regression.reading import read_texts_with_numbers


class TextRegression(TextTask[TextNumberConfig]):
    """Texts, or pairs of texts, to numbers."""

    name = "text_regression"
    Config = TextNumberConfig
    targets = NUMBERS
    Comparison, read = TextRegressionGrid, staticmethod(read_texts_with_numbers)


TASK = TextRegression()
