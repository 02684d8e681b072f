"""Pages in Chinese: the tables have all that templates say, nothing else, and the same expressions; names stay."""

from __future__ import annotations

import ast
import re
from collections import Counter
from functools import cache

import pytest
from markupsafe import Markup

from kerasft.base import languages
from kerasft.base.errors import InputError
from kerasft.base.languages import attributes, counted, message_of, messages, pieces, say
from kerasft.base.wording import plural
from kerasft.contract.registry import task_names
from tests.sources import PATHS, ROOT, nodes_of
from tests.translations import KNOWN, english_in

ASSETS = ROOT / "assets"
ENGLISH_ONLY = {"doctor.html"}
TEMPLATES = sorted(
    path for path in (*ASSETS.glob("*.html"), *ASSETS.glob("*/*.html")) if path.name not in ENGLISH_ONLY
)
TABLES = sorted((ASSETS / "zh").glob("*.txt"))
EXPRESSION = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\$\{.*?\}", re.DOTALL)
LITERAL = re.compile(r'"(?![^"]*(?:%[.+]|\{))[^"]*"')  # but how a number is written
TO_DO = "give each its Chinese in kerasft/assets/zh/*.txt: the English on one line, below it the Chinese, indented"


def name_of(path):
    return path.relative_to(ASSETS).as_posix()


@cache
def texts_of(path):
    """The texts of a template, and whether people read words in each: not if it has but expressions and tags."""
    found, before = {}, ""
    for place, piece in enumerate(pieces(path.read_text("utf-8"))):
        if place % 2:
            found |= {each: has_words(each) for each in attributes(piece)}
        elif not before.startswith(("<style", "<script")):
            found[message_of(piece)] = has_words(piece)
        before = piece
    return found


def has_words(text):
    """Whether a text has words, beside its expressions or within their quotes."""
    bare = re.sub(r"<[^>]*>|&\w+;", "", EXPRESSION.sub("", text))
    shown = [each for each in re.findall(r"\{\{.*?\}\}", text) if each.count('"') > 1]
    quoted = [
        words for each in shown for words in re.findall(r'"([^"]*)"', each) if not words.endswith("long")
    ]
    words = {word.lower() for word in re.findall("[A-Za-z]+", bare)}
    return bool(words - KNOWN) or any(re.search("[A-Za-z]{4}", each) for each in quoted)


@cache
def composed():
    """What code of the package says, with `{}` for each value that it puts in."""
    found = set()
    for path in PATHS:
        for node in nodes_of(path):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
            if isinstance(node, ast.JoinedStr):
                parts = (each.value if isinstance(each, ast.Constant) else "{}" for each in node.values)
                found.add("".join(parts))
    return found


def is_said(message):
    """Whether a template, the script or code says a message."""
    if any(message in texts_of(path) for path in TEMPLATES) or message in composed():
        return True
    kinds = {name.replace("_", " ").capitalize() for name in task_names()}
    nouns = {"image", "text", "pair", "example"}
    nouns |= {plural(2, each)[2:] for each in nouns}
    nouns |= {f"{split} {each}" for split in ("test", "validation", "training") for each in nouns}
    nouns |= {
        each
        for path in TEMPLATES
        for each in re.findall(r'plural\([^"]*"([a-z]+)"\)', path.read_text("utf-8"))
    }
    script = (ASSETS / "report.js").read_text("utf-8")
    return message in kinds | nouns or (counted(message) or "?") in nouns | composed() or message in script


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_every_text_of_a_template_has_its_chinese(path):
    lacking = [text for text, words in texts_of(path).items() if words and text not in messages("zh")]
    assert lacking == [], TO_DO


def test_no_message_is_of_a_text_that_is_gone():
    gone = [message for message in messages("zh") if not is_said(message)]
    assert gone == [], (
        "no template and no code says these any more: change or remove them in kerasft/assets/zh/*.txt"
    )


def test_every_message_is_there_once():
    lines = [line for path in TABLES for line in path.read_text("utf-8").splitlines()]
    english = [line for line in lines if line and not line.startswith((" ", "#"))]
    assert [each for each, count in Counter(english).items() if count > 1] == []
    assert sorted(english) == sorted(messages("zh")), "a message has no Chinese below it"


def expressions(text):
    """The expressions and tags of a message, without the words in their quotes and what only translates."""
    found = [LITERAL.sub('""', each) for each in EXPRESSION.findall(text)]
    found = [each.translate({ord("("): None, ord(")"): None}) for each in found]
    plain = (
        re.sub(r"\s+", " ", each.replace(" | said", "").replace(" | drawn", "").replace(' + ""', ""))
        for each in found
    )
    return set(plain), Counter(re.findall(r"<[^>]*>", text))


@pytest.mark.parametrize("path", TABLES, ids=name_of)
def test_a_message_has_the_expressions_of_the_english(path):
    table = languages.read_table(path)
    assert [one for one, other in table.items() if expressions(one) != expressions(other)] == []
    for one, other in table.items():
        if "{}" in one:
            places = {int(each) for each in re.findall(r"\{(\d+)(?::said)?\}", other)}
            assert places <= set(range(one.count("{}"))), one
            assert one.count("{}") - len(places) <= 1, f"{one}: more than one part is left out"


def test_a_script_is_translated_and_still_the_same_program():
    script = (ASSETS / "report.js").read_text("utf-8")
    chinese = languages.translated_script(script, "zh")
    bare = re.compile(r'"[^"\n]*"|`[^`\n]*`')
    assert bare.sub('""', chinese) == bare.sub('""', script) and chinese != script
    assert "没有测试样本" in chinese and languages.translated_script(script, "en") == script


def test_a_page_in_chinese_has_no_english_but_names(made_up):
    splits = made_up.picture_splits(["train", "test", "wrong"])
    evaluation = made_up.answers(splits)
    with languages.chosen("zh"):
        page = made_up.page(made_up.facts(), splits, evaluation)
    assert '<html lang="zh-CN">' in page and "混淆矩阵" in page
    assert (
        english_in(
            page, {"train", "test", "wrong", "birds", "head", "tune", "starter", "logits", "pooled features"}
        )
        == []
    )
    assert page.count('<th scope="row" class="name">train</th>') >= 1, "the name of a class stays"


def test_what_a_page_lacks_in_chinese_is_seen():
    page = "<p>损失 of <code>no matter</code> rose</p><style>body</style><img alt='a dog' src='x'>"
    assert english_in(page, {"rose"}) == ["dog"] and english_in("<td>Nothing at all</td>", set()) != []


def test_composed_texts_are_said_with_their_parts():
    assert say("the test split has no images of: <b>, test", "zh") == "测试集没有以下类别的图像：<b>, test"
    assert say("1,203 test images", "zh") == "1,203 张测试图像" and say("1 image", "zh") == "1 张图像"
    assert say("4 classes in order, from 'bad' to 'good'", "zh") == "4 个类别（有序，从 'bad' 到 'good'）"
    assert say("3 classes of boxes", "zh") == "边界框的 3 个类别" and say("no images", "zh") == "no images"
    assert say("Log_loss", "zh") == say("log loss", "zh") == "对数损失"
    assert say("nobody says this", "zh") == "nobody says this" and say("accuracy", "en") == "accuracy"
    legend = Markup("Beside {}: where the evidence for {} is ({}), {}.").format(
        "each", "<b>", "grad-cam", "the brighter the more"
    )
    assert isinstance(say(legend, "zh"), Markup) and "&lt;b&gt;" in say(legend, "zh")


def test_the_language_is_given_or_of_the_environment(monkeypatch):
    monkeypatch.delenv(languages.VARIABLE, raising=False)
    assert languages.chosen_language() == "en"
    monkeypatch.setenv(languages.VARIABLE, "zh")
    assert languages.chosen_language() == "zh"
    with languages.chosen("en"):
        assert languages.chosen_language() == "en"
    monkeypatch.setenv(languages.VARIABLE, "../zh")
    with pytest.raises(
        InputError, match=r"KERASFT_LANGUAGE names a language .*received: \.\./zh.*choose en or zh"
    ):
        languages.chosen_language()
    with (
        pytest.raises(InputError, match=r"--language names a language .*received: fr"),
        languages.chosen("fr"),
    ):
        pass
