"""Scripts, what a tokenizer doesn't know, and TF-IDF that fits the script."""

from dataclasses import replace

import numpy as np
import pytest

from kerasft.inputs.texts.counting import tfidf_vectorizer
from kerasft.inputs.texts.lengths import length_report
from kerasft.inputs.texts.scripts import words_are_apart
from kerasft.inputs.texts.unknown import Unknown, backbone_for


@pytest.mark.parametrize(
    "text, apart",
    [
        ("Where is my parcel?", True),
        ("我的包裹在哪里", False),
        ("荷物はどこですか", False),
        ("สินค้าดีมากเลยค่ะ", False),
        ("ສິນຄ້າດີຫຼາຍ", False),
        ("ទំនិញល្អណាស់", False),
        ("내 소포는 어디에 있나요", True),
        ("Где моя посылка", True),
        ("أين طردي", True),
        ("order 12 的包裹在哪里呢", False),
        ("12 🙂", True),
    ],
)
def test_which_scripts_set_words_apart(text, apart):
    assert words_are_apart([text]) is apart
    assert tfidf_vectorizer([text]).analyzer == ("word" if apart else "char")


def test_texts_without_a_word_are_read_by_characters():
    assert words_are_apart([""]) and words_are_apart(["5"])
    assert tfidf_vectorizer(["5", "?!"]).analyzer == "char"
    assert tfidf_vectorizer(["5", "?!", "five"]).analyzer == "word"


def test_emoji_and_signs_are_words():
    found = (
        tfidf_vectorizer(["x"] + ["so good"]).fit(["So good 👍🏽🎉, I'm 5 ♥ → ok…!"]).get_feature_names_out()
    )
    assert {"so", "good", "👍", "🏽", "🎉", "♥", "→", "👍 🏽", "♥ →"} <= set(found)
    assert not {"5", "i", "!", "…", ","} & set(found)


def test_a_few_foreign_words_among_many_change_nothing():
    assert words_are_apart(["Where is my parcel?"] * 50 + ["我的包裹"])


def test_the_share_of_unknown_tokens_stands_beside_the_lengths():
    report = length_report(np.arange(1, 101), 100)
    few = replace(report, unknown=Unknown(10_000, 12, 100, 0, "take another"))
    assert str(few).splitlines()[0].endswith("longest 100; unknown to the tokenizer 0.1%")
    assert "warning" not in str(few)
    many = replace(report, unknown=Unknown(600, 590, 200, 198, "take --backbone multilingual_e5_small"))
    assert str(many).splitlines()[2] == (
        "warning: 98.3% of the tokens are unknown to the tokenizer (half or more in 198 of 200 texts); "
        "the model can't tell them apart: take --backbone multilingual_e5_small"
    )
    assert not Unknown(100, 3, 10, 0).too_many and Unknown(100, 4, 10, 0).too_many
    assert Unknown(0, 0, 1, 0).share == 0


def test_what_to_take_instead_fits_the_script_and_exists():
    from kerasft.inputs.texts.backbones import catalog

    thai, emoji, chinese = (backbone_for([text]) for text in ("สินค้าดีมาก", "order 🙂🎉", "我的包裹在哪里"))
    assert thai.startswith("take --backbone multilingual_e5_small")
    assert emoji.startswith("take --backbone roberta_base_en")
    assert chinese.startswith("take --backbone bge_small_v1.5_zh (for Chinese)")
    for advice in (thai, emoji, chinese):
        for name in advice.split("--backbone ")[1:]:
            assert catalog.find(name.split()[0].rstrip(";")).source == "keras-hub"
    assert "multilingual_e5_small" not in backbone_for(["สินค้าดีมาก"], "multilingual_e5_small")
