"""TF-IDF that fits the script: words and pairs of words, or runs of characters where words aren't written apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasft.data.texts.scripts import words_are_apart


def tfidf_vectorizer(texts: Sequence[str]) -> Any:
    """Returns a vectorizer for texts like these, not fitted.

    Chinese, Japanese, Thai, Lao, Khmer, Burmese and Tibetan write sentences without blanks, so that a whole sentence
    would count as one word. They are read by runs of 1 to 3 characters.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    if words_are_apart(texts):
        return TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    return TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True)
