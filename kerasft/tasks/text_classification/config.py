"""The description of a text classifier, enough to build it again without its weights."""

from __future__ import annotations

from dataclasses import dataclass

from kerasft.base.options import option
from kerasft.inputs.texts.config import TextConfig


@dataclass(frozen=True)
class TextModelConfig(TextConfig):
    """All that is needed to build a text classifier again, without its weights and its tokenizer's files.

    Args:
        backbone: A name of the text catalogue, a handle, or a folder.
        class_names: The classes, in the order of the model's outputs.
        task: What the model does.
    """

    backbone: str
    class_names: tuple[str, ...]
    task: str = option("text_classification", "what the model does", choices=("text_classification",))
