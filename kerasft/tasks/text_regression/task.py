"""Text regression: a text, or a pair of texts, to a number."""

from __future__ import annotations

from kerasft.inputs.texts.task import TextTask
from kerasft.targets.numbers.kind import NUMBERS
from kerasft.tasks.text_regression.config import TextNumberConfig


class TextRegression(TextTask[TextNumberConfig]):
    """Texts, or pairs of texts, to a number."""

    name = "text_regression"
    Config = TextNumberConfig
    targets = NUMBERS


TASK = TextRegression()
