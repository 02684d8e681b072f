"""What labels of texts are compared on: a frozen backbone of sentences, where there is one, or TF-IDF."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kerasft.data.suspects import TEXTS, WORDS
from kerasft.inputs.texts.backbones import catalog
from kerasft.inputs.texts.counting import tfidf_vectorizer
from kerasft.inputs.texts.rows import TextItem, whole
from kerasft.networks import fetching

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

SENTENCES = "all_minilm_l6_v2"


@dataclass(frozen=True)
class Judge:
    """What tells whether labels fit texts.

    Args:
        name: In words: a backbone, or "TF-IDF".
        backbone: None for TF-IDF.
        strength: Of the classifier on it: see `kerasft.data.suspects`.
        better: What would judge better, as the end of a sentence; "" where nothing would.
    """

    name: str
    backbone: str | None
    strength: float
    better: str = ""


def judge_of(at_hand: str | None, readable: bool) -> Judge:
    """Returns the backbone that is at hand, if it can read the texts; else TF-IDF."""
    if at_hand is not None and readable:
        return Judge(at_hand, at_hand, TEXTS)
    if at_hand is not None:
        return Judge(f"TF-IDF, since {at_hand} can't read the texts,", None, WORDS)
    better = f"`kerasft fetch {SENTENCES}` finds more of them, and fewer by mistake"
    return Judge("TF-IDF", None, WORDS, better)


def best_at_hand() -> str | None:
    """Returns the backbone of sentences if it was fetched; None means TF-IDF."""
    return SENTENCES if fetching.cached(catalog.find(SENTENCES)) is not None else None


def text_features(
    items: Sequence[TextItem], backbone: str | None, weights: str | None
) -> np.ndarray | csr_matrix:
    """Returns TF-IDF (texts, words or runs of characters), sparse, or what a frozen backbone makes of the texts."""
    if backbone is None:
        texts = [whole(item) for item in items]
        return tfidf_vectorizer(texts).fit_transform(texts)
    import keras

    from kerasft.inputs.texts.backbones.building import build_text_backbone
    from kerasft.inputs.texts.encoding import TextEncoder

    parts = build_text_backbone(backbone, weights)
    length = min(128, parts.max_length)
    pairs = [item.pair or "" for item in items] if items[0].pair is not None else None
    tokens = TextEncoder(parts.tokenizer, length, parts.input_names)([item.text for item in items], pairs)
    inputs = parts.inputs(length)
    model = keras.Model(inputs, parts.features(inputs))
    batches = (
        {name: array[start : start + 32] for name, array in tokens.items()}
        for start in range(0, len(items), 32)
    )
    return np.concatenate([np.asarray(model.predict_on_batch(batch)) for batch in batches])
