"""What a recipe or a comparison asks about a text classifier; each field is a flag."""

from __future__ import annotations

from dataclasses import dataclass

from kerasft.base.options import option
from kerasft.inputs.texts.backbones.catalog import DEFAULT, find


@dataclass(frozen=True)
class TextModel:
    """The backbone, and what is built on it."""

    backbone: str = option(DEFAULT, "a name of the text catalogue, a handle or a folder", find=find)
    weights: str = option("pretrained", "pretrained, or a local weights file")
    sequence_length: int | None = option(None, "tokens per text (default: what 99 % of them need)", minimum=5)
    dropout: float = option(0.1, "share of features dropped before the head", minimum=0, below=1)
