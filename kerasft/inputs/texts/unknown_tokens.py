"""Counts the tokens that a tokenizer doesn't know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from kerasft.inputs.texts.column import Texts
from kerasft.inputs.texts.encoding import TextEncoder
from kerasft.inputs.texts.texts import TextSplit
from kerasft.inputs.texts.unknown import Unknown, backbone_for

if TYPE_CHECKING:
    import keras_hub

_MOST_TEXTS, _READ = 2000, 128  # texts, and tokens of each, that are looked at


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
    counts = count_unknown(TextEncoder(tokenizer, _READ), texts, pairs)
    tokens, unknown = counts.sum(axis=0).tolist()
    mostly = int(((counts[:, 1] * 2 >= counts[:, 0]) & (counts[:, 1] > 0)).sum())
    return Unknown(tokens, unknown, len(texts), mostly, backbone_for([*texts, *(pairs or [])], backbone))


def count_unknown(
    encoder: TextEncoder, texts: Sequence[str], pairs: Sequence[str] | None = None
) -> np.ndarray:
    """Returns, per text, how many tokens there are and how many of them mean 'unknown', int64 (texts, 2).

    Start, end, separators and what is cut off don't count.
    """
    tokenizer = encoder.tokenizer
    ids = encoder(texts, pairs)["token_ids"]
    special = [tokenizer.start_token_id, tokenizer.end_token_id, tokenizer.pad_token_id]
    unknown = _unknown_id(tokenizer)
    is_unknown = np.zeros_like(ids, bool) if unknown is None else ids == unknown
    counted = ~np.isin(ids, special) | is_unknown
    return np.stack([counted.sum(axis=1), is_unknown.sum(axis=1)], axis=1)


def _unknown_id(tokenizer: keras_hub.tokenizers.Tokenizer) -> int | None:
    """Returns the id of the token for 'unknown'; None for tokenizers that know every byte."""
    if hasattr(tokenizer, "oov_token"):  # WordPiece
        return int(tokenizer.token_to_id(tokenizer.oov_token))
    for name in ("unk_token_id", "unknown_token_id"):
        if getattr(tokenizer, name, None) is not None:
            return int(getattr(tokenizer, name))
    try:  # SentencePiece; KerasHub's XLM-RoBERTa and DeBERTa move its ids
        return int(tokenizer.token_to_id("<unk>"))
    except (
        Exception
    ):  # byte pairs: every class of KerasHub has an error of its own for a token that isn't there
        return None
