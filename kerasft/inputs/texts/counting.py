"""TF-IDF that fits the script: words, emoji and pairs of them, or runs of characters where words aren't apart."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from kerasft.inputs.texts.scripts import words_are_apart
from kerasft.inputs.texts.texts import TextSplit

if TYPE_CHECKING:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import Pipeline

_STRENGTHS = (1.0, 10.0, 100.0)

# Arrows, signs and dingbats of the basic plane, then all blocks of emoji: each is a word, as its meaning is
_EMOJI = "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u23ff\u2460-\u27bf\u2900-\u297f\u2b00-\u2bff\U0001f000-\U0001faff"
_WORD = re.compile(rf"\b\w\w+\b|[{_EMOJI}]")  # scikit-learn's own pattern has the first half


def tfidf_vectorizer(texts: Sequence[str]) -> TfidfVectorizer:
    """Returns a vectorizer for texts like these, not fitted.

    Chinese, Japanese, Thai, Lao, Khmer, Burmese and Tibetan write sentences without blanks, so that a whole sentence
    would count as one word. They are read by runs of 1 to 3 characters, and so are texts that have no word at all, as
    "5" or "?!".
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    if words_are_apart(texts) and any(map(_WORD.search, texts)):
        return TfidfVectorizer(token_pattern=_WORD.pattern, ngram_range=(1, 2), sublinear_tf=True)
    return TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True)


def joined(split: TextSplit) -> list[str]:
    """Returns the texts of a split, and of pairs both halves as one text."""
    if split.pairs is None:
        return list(split.texts)
    return [f"{text} {pair}" for text, pair in zip(split.texts, split.pairs, strict=True)]


def logistic_regressions(train: TextSplit, seed: int) -> list[Pipeline]:
    """Returns TF-IDF with logistic regression, trained on texts and their classes with three strengths.

    Args:
        train: With targets int (n,).
        seed: Of the solver.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    def fitted(strength: float) -> Pipeline:
        classifier = LogisticRegression(C=strength, max_iter=1000, random_state=seed)
        return make_pipeline(tfidf_vectorizer(train.texts), classifier).fit(joined(train), train.targets)

    return [fitted(strength) for strength in _STRENGTHS]
