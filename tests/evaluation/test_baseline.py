import numpy as np
import pytest

import kerasft
from kerasft.tasks.text_classification.baseline import tfidf_baseline

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


@pytest.mark.parametrize("faces", [("😀😍👍🎉🥰", "😡👎😭🤬💔"), ("♥★", "☹✗"), ("+-*=%", "!?;:~")])
def test_signs_that_tell_the_class_are_found(faces):
    """scikit-learn's own words have two letters or more; without any such word it even ended in an error."""
    rng = np.random.default_rng(0)
    said = "order parcel shop price size colour week phone bag today".split() if "👍" in faces[0] else [""]
    texts = [
        " ".join([*rng.choice(said, 3), "".join(rng.choice(list(faces[number % 2]), 4))]).strip()
        for number in range(120)
    ]
    splits = kerasft.read_texts(texts, labels=["gb"[number % 2] for number in range(120)])
    assert tfidf_baseline(splits).accuracy == 1.0


@pytest.mark.parametrize(
    "good, bad, extra",
    [
        (["สินค้าดีมากเลยค่ะ", "ส่งเร็วมากประทับใจ"], ["สินค้าเสียหายมาก", "ส่งช้ามากผิดหวัง"], "กระเป๋า รองเท้า เสื้อยืด หมวก"),
        (["质量很好", "非常满意"], ["质量很差", "非常失望"], "鞋子 帽子 手机 裤子 雨伞"),
        (["とても良い", "満足です"], ["とても悪い", "不満です"], "かばん くつ ぼうし とけい"),
    ],
)
def test_scripts_without_blanks_are_read_by_characters(good, bad, extra):
    """Whole sentences as words, each seen once, left it at chance, so that it spoke falsely for the model."""
    rng = np.random.default_rng(0)
    things, texts, labels = extra.split(), [], []
    for number in range(120):
        words = (good, bad)[number % 2]
        texts.append("".join([*rng.choice(things, 3), rng.choice(words), *rng.choice(things, 3)]))
        labels.append("gb"[number % 2])
    splits = kerasft.read_texts(texts, labels=labels)
    assert tfidf_baseline(splits).accuracy == 1.0
