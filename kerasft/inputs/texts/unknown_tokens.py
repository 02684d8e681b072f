"""Counts the tokens that a tokenizer doesn't know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kerasft.inputs.texts.column import Texts
from kerasft.inputs.texts.encoding import TextEncoder
from kerasft.inputs.texts.texts import TextSplit
from kerasft.inputs.texts.unknown import Unknown, backbone_for

if TYPE_CHECKING:
    import keras_hub

_MOST_TEXTS = 2000  # that are looked at
_SHORT = 16  # what is counted does not depend on it


def unknown_tokens(
    split: Texts | TextSplit, tokenizer: keras_hub.tokenizers.Tokenizer, backbone: str = ""
) -> Unknown:
    """Counts the tokens that a tokenizer doesn't know; of more than 2000 texts, 2000 are looked at.

    Args:
        split: The texts.
        tokenizer: A tokenizer of KerasHub.
        backbone: Its name, for the advice.
    """
    step = -(-len(split.texts) // _MOST_TEXTS)
    texts = list(split.texts)[::step]
    pairs = None if split.pairs is None else list(split.pairs)[::step]
    counts = TextEncoder(tokenizer, _SHORT).count(texts, pairs)
    tokens, unknown = counts.sum(axis=0).tolist()
    mostly = int(((counts[:, 1] * 2 >= counts[:, 0]) & (counts[:, 1] > 0)).sum())
    return Unknown(tokens, unknown, len(texts), mostly, backbone_for([*texts, *(pairs or [])], backbone))
