"""The description of a model from texts to classes with an order, enough to build it again without its weights."""

from __future__ import annotations

from dataclasses import dataclass

from kerasft.base.options import option
from kerasft.inputs.texts.config import TextConfig


@dataclass(frozen=True)
class TextOrderConfig(TextConfig):
    """All that is needed to build a model again, without its weights and its tokenizer's files.

    Args:
        backbone: A name of the text catalogue, a handle, or a folder.
        class_names: The classes, from the lowest to the highest.
        task: What the model does.
    """

    backbone: str
    class_names: tuple[str, ...]
    task: str = option("text_ordinal", "what the model does", choices=("text_ordinal",))
