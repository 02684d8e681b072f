"""The description of a text model, enough to build it again without its weights."""

from __future__ import annotations

from dataclasses import dataclass

from kerasft.base.json_values import JsonFields
from kerasft.base.options import option


@dataclass(frozen=True)
class TextModelConfig:
    """All that is needed to build a text model again, without its weights and its tokenizer's files.

    Args:
        backbone: A name of the text catalogue, a handle, or a folder.
        class_names: The classes, in the order of the model's outputs.
        sequence_length: Tokens per input, start and end tokens included.
        dropout: Share of features dropped before the head while training, in [0, 1).
        task: What the model does.
        backbone_config: The architecture, the pooling and the tokenizer's settings; None until it is built.
    """

    backbone: str
    class_names: tuple[str, ...]
    sequence_length: int = option(128, "tokens per input", minimum=5, maximum=4096)
    dropout: float = option(0.1, "share of features dropped before the head", minimum=0.0, below=1.0)
    task: str = option("text_classification", "what the model does", choices=("text_classification",))
    backbone_config: JsonFields | None = None
