"""What a recipe or a comparison asks about texts and their models; each field is a flag."""

from __future__ import annotations

from dataclasses import dataclass

from kerasft.base.options import option
from kerasft.data.reading_options import Reading
from kerasft.inputs.texts.backbones.catalog import DEFAULT, find


@dataclass(frozen=True)
class TextModel:
    """The backbone, and what is built on it."""

    backbone: str = option(DEFAULT, "a name of the text catalogue, a handle or a folder", find=find)
    weights: str = option("pretrained", "pretrained, or a local weights file")
    sequence_length: int | None = option(None, "tokens per text (default: what 99 % of them need)", minimum=5)
    dropout: float = option(0.1, "share of features dropped before the head", minimum=0, below=1)


@dataclass(frozen=True)
class TextReading(Reading):
    """Where the texts are, and how they become three splits."""

    data: str = option(
        "messages", "a CSV, TSV, JSONL or Parquet table, a folder of .txt, or tfds:NAME", kind="data"
    )
    text: str = option("text", "the column of the texts")
    text_pair: str | None = option(None, "the column of the second text of each pair")
    label: str = option("label", "the column of the answers")
    skip_broken: bool = option(False, "leave out texts that can't be used")
