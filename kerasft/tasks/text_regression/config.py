"""The description of a model from texts to numbers, enough to build it again without its weights."""

from __future__ import annotations

from dataclasses import dataclass

from kerasft.base.options import option
from kerasft.inputs.texts.config import TextConfig


@dataclass(frozen=True)
class TextNumberConfig(TextConfig):
    """All that is needed to build a model again, without its weights and its tokenizer's files.

    Args:
        backbone: A name of the text catalogue, a handle, or a folder.
        numbers: What the numbers are called, in the order of the model's outputs.
        means: Of each in the training split.
        deviations: Of each, the standard deviation in the training split.
        units: Of each, "" where none was given; () of none.
        task: What the model does.
    """

    backbone: str
    numbers: tuple[str, ...]
    means: tuple[float, ...]
    deviations: tuple[float, ...]
    units: tuple[str, ...] = ()
    task: str = option("text_regression", "what the model does", choices=("text_regression",))
