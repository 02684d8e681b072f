import numpy as np
import pytest

import kerasft
from kerasft.evaluation.baseline import tfidf_baseline

GOOD = ["lovely", "great", "wonderful", "superb", "fine"]
BAD = ["awful", "dull", "terrible", "boring", "poor"]


def texts_of(words, seed):
    rng = np.random.default_rng(seed)
    return [
        f"a {rng.choice(words)} and {rng.choice(words)} film number {rng.integers(10**6)}" for _ in range(40)
    ]


@pytest.fixture(scope="module")
def splits():
    texts = texts_of(GOOD, 0) + texts_of(BAD, 1)
    return kerasft.read_texts(texts, labels=["good"] * 40 + ["bad"] * 40)


def test_words_that_tell_the_class_are_found(splits):
    evaluation = tfidf_baseline(splits)
    assert evaluation.accuracy == 1.0
    assert evaluation.class_names == ("bad", "good")


def test_words_that_tell_nothing_give_chance(splits):
    rng = np.random.default_rng(0)
    texts = texts_of(GOOD, 0) + texts_of(GOOD, 1)
    mixed = kerasft.read_texts(texts, labels=[str(label) for label in rng.permutation([0] * 40 + [1] * 40)])
    assert tfidf_baseline(mixed).accuracy < 0.85


def test_both_halves_of_a_pair_are_read():
    pairs = [("same start", text) for text in texts_of(GOOD, 0) + texts_of(BAD, 1)]
    splits = kerasft.read_texts(pairs, labels=["good"] * 40 + ["bad"] * 40)
    assert tfidf_baseline(splits).accuracy == 1.0
