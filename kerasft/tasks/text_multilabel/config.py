"""The description of a model from texts to several labels, enough to build it again without its weights."""

from __future__ import annotations

from dataclasses import dataclass

from kerasft.base.options import option
from kerasft.inputs.texts.config import TextConfig


@dataclass(frozen=True)
class TextLabelConfig(TextConfig):
    """All that is needed to build a model again, without its weights and its tokenizer's files.

    Args:
        backbone: A name of the text catalogue, a handle, or a folder.
        class_names: The labels, in the order of the model's outputs.
        shares: Of the training texts that have each; () where that isn't known.
        task: What the model does.
    """

    backbone: str
    class_names: tuple[str, ...]
    shares: tuple[float, ...] = ()
    task: str = option("text_multilabel", "what the model does", choices=("text_multilabel",))
