"""Explained texts: the page, the terminal, pairs, long texts, and texts that are code."""

import json
import re

import numpy as np
import pytest

import kerasft
from kerasft.base import languages
from kerasft.base.errors import InputError
from kerasft.explaining import explain_column
from kerasft.explaining.writing import write_all
from kerasft.inputs.texts.explainer import PAGE, TextExplainer
from kerasft.inputs.texts.explanation import TextExplanation, Word
from kerasft.inputs.texts.page import as_terminal_text, coloured, write_page
from kerasft.networks.completeness import Completeness
from kerasft.predicting.opening import as_predictor
from kerasft.targets.classes.claim import ClassClaim
from tests.made_up_predictors import OfTexts
from tests.translations import english_in

EVIL = "<script>alert(1)</script>\x1b[31m"


def explanation(text, values, pair=None, **changes):
    halves = [text] if pair is None else [text, pair]
    words = [
        Word(match[0], match.start(), match.end(), half)
        for half, each in enumerate(halves)
        for match in re.finditer(r"\S+", each)
    ][: len(values)]
    fixed = {"method": "occlusion", "claim": ClassClaim("a", 0.9, "a"), **changes}
    return TextExplanation(
        text, attribution=np.array(values, "float32"), words=tuple(words), pair=pair, **fixed
    )


def test_words_are_marked_for_and_against_by_strength():
    (half,) = coloured(explanation("good  but slow here", [2.0, 0.0, -1.0, 0.5]))
    assert half == (
        '<mark class="for" style="--a:1.00" title="+2.000">good</mark>  <span title="+0.000">but</span> '
        '<mark class="against" style="--a:0.50" title="-1.000">slow</mark> '
        '<mark class="for" style="--a:0.25" title="+0.500">here</mark>'
    )


def test_what_was_not_read_and_what_is_too_long_is_told():
    (half,) = coloured(explanation("read this not that", [1.0, 1.0]))
    assert half.endswith('<span class="unread" title="not read: too long"> not that</span>')
    (half,) = coloured(explanation("word " * 100, [1.0] * 100), 20)
    assert half.endswith("…") and half.count("<mark") == 4 and "unread" not in half


def test_the_page_in_chinese_has_no_english_but_the_texts(tmp_path):
    gap = Completeness(steps=16, difference=1.25, total=1.5)
    about = "from the text with each word as mask"
    one = explanation(
        "good but long", [1.0, -1.0], about=about, completeness=gap, claim=ClassClaim("a", 0.9, "b")
    )
    with languages.chosen("zh"):
        html = write_page([one], tmp_path / "page.html").read_text("utf-8")
    assert "（答案：b）" in html and "16 步" in html and 'title="太长，没有读到"' in html
    assert english_in(html, {"good", "but", "long", "occlusion", "try steps"}) == []


def test_the_page_escapes_everything_and_needs_nothing(tmp_path):
    one = explanation(EVIL, [1.0], EVIL, claim=ClassClaim(EVIL, 0.9, f"{EVIL}2"), about=EVIL)
    html = write_page([one], tmp_path / "page.html").read_text("utf-8")
    assert "<script" not in html and "&lt;script&gt;" in html
    assert not re.search(r"https?://|@import|url\(", html) and "prefers-color-scheme: dark" in html
    assert "default-src 'none'" in html
    shown = as_terminal_text(one).plain
    assert "\x1b" not in shown and "alert(1)" in shown


def test_a_terminal_shows_the_words_in_colours():
    import io

    from rich.console import Console

    console = Console(file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(as_terminal_text(explanation("good but slow", [1.0, 0.0, -1.0])))
    assert "48;2;204;98;32mgood" in console.file.getvalue()  # orange behind it
    assert "48;2;59;134;209mslow" in console.file.getvalue()  # blue
    assert "mbut" not in console.file.getvalue()


def test_texts_of_one_call_are_one_page_and_foreign_pages_are_kept(tmp_path):
    both = [explanation("one", [1.0]), explanation("two", [1.0])]
    assert write_all(TextExplainer(), both, tmp_path) == [tmp_path / PAGE] * 2
    assert (
        write_all(TextExplainer(), both, tmp_path) and (tmp_path / PAGE).read_text().count("<article>") == 2
    )
    (tmp_path / PAGE).write_text("mine")
    with pytest.raises(InputError, match="kerasft did not write"):
        write_all(TextExplainer(), both, tmp_path)
    assert (tmp_path / PAGE).read_text() == "mine"


@pytest.fixture(scope="module")
def bert(text_run):
    return as_predictor(text_run)


def test_the_words_of_a_bert_are_those_of_the_text(bert, tmp_path):
    """That the strongest word is the one that tells the class: test_sanity.py."""
    text = "Please cancel the APP, thanks"
    found = kerasft.explain(bert, text, output=tmp_path)[0]
    (answer,) = kerasft.predict(bert, text)
    assert found.method == "integrated-gradients" and found.claim.class_name == answer.class_name
    assert [word.text for word in found.words] == ["Please", "cancel", "the", "APP", ",", "thanks"]
    strongest = found.words[int(np.abs(found.attribution).argmax())]
    assert f"{strongest.text}</mark>" in (tmp_path / PAGE).read_text("utf-8")
    assert json.dumps(found.as_dict()) and found.as_dict()["words"][3]["start"] == text.index("APP")
    assert re.search(rf"{strongest.text} [+-]\d", str(found))


def test_empty_and_long_texts_are_explained_too(bert):
    empty, long = explain_column(bert, ["", "the parcel " * 30], "ab")
    assert empty.words == () and empty.completeness.total == 0 == empty.completeness.difference
    assert len(long.words) == 14  # sixteen tokens, two of them special
    assert "unread" in coloured(long)[0] and str(empty)
    for method in ("integrated-gradients", "occlusion"):
        assert explain_column(bert, [" "], "a", method=method)[0].words == ()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"method": "grad-cam"},
            "grad-cam explains images, and this model takes texts.*integrated-gradients",
        ),
        ({"target": "parsel"}, "did you mean 'parcel'"),
        ({"pairs": "two"}, "judges single texts"),
    ],
)
def test_what_can_not_be_explained_is_refused(bert, options, message):
    with pytest.raises(InputError, match=message):
        kerasft.explain(bert, "a text", **options)


def test_both_halves_of_a_pair_are_explained(tmp_path):
    class OfPairs(OfTexts):
        """Sure of the second class if one half has "open" and the other "closed"."""

        def predict(self, column):
            halves = zip(column.texts, column.pairs, strict=True)
            other = [0.9 if "open" in text and "closed" in pair else 0.2 for text, pair in halves]
            return np.array([[1 - each, each] for each in other], "float32")

    (found,) = kerasft.explain(
        OfPairs(("same", "other")), "it is open", pairs="it is closed", output=tmp_path
    )
    assert found.method == "occlusion" and found.claim.class_name == "other"
    fall = np.log(9) - np.log(0.25)
    assert found.attribution == pytest.approx([0, 0, fall, 0, 0, fall], abs=1e-5)
    assert [word.half for word in found.words] == [0, 0, 0, 1, 1, 1]
    html = (tmp_path / PAGE).read_text("utf-8")
    assert html.count('class="text"') == 2 and "closed</mark>" in html
