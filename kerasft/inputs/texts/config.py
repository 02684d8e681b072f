"""What describes a model of texts, besides its answers."""

from __future__ import annotations

from dataclasses import dataclass

from kerasft.base.json_values import JsonFields
from kerasft.base.options import option


@dataclass(frozen=True, kw_only=True)
class TextConfig:
    """What describes a model of texts, besides its answers.

    Args:
        backbone: A name of the text catalogue, a handle, or a folder.
        sequence_length: Tokens per input, start and end tokens included.
        dropout: Share of features dropped before the head while training, in [0, 1).
        own_head: The name of a head of the caller's own, whose features the outputs are made of; None: pooled ones.
        backbone_config: The architecture, the pooling and the tokenizer's settings; None until it is built.
    """

    backbone: str
    sequence_length: int = option(128, "tokens per input", minimum=5, maximum=4096)
    dropout: float = option(0.1, "share of features dropped before the head", minimum=0.0, below=1.0)
    backbone_config: JsonFields | None = None
    own_head: str | None = None
