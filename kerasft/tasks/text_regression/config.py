"""The description of a model from texts to a number, enough to build it again without its weights."""

from __future__ import annotations

from dataclasses import dataclass

from kerasft.base.options import option
from kerasft.inputs.texts.config import TextConfig


@dataclass(frozen=True)
class TextNumberConfig(TextConfig):
    """All that is needed to build a model again, without its weights and its tokenizer's files.

    Args:
        backbone: A name of the text catalogue, a handle, or a folder.
        number: What the number is called.
        mean: Of the training split.
        deviation: The standard deviation of the training split.
        task: What the model does.
    """

    backbone: str
    number: str
    mean: float
    deviation: float
    task: str = option("text_regression", "what the model does", choices=("text_regression",))
