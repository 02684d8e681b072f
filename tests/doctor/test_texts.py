"""Texts: what is wrong with a table is found, and the sample messages are fine."""

import csv
import json

import pytest

import kerasft
from kerasft.cli.main import main
from kerasft.inputs.texts.languages import language_of, script_of

GOOD = {
    "delivery": [
        "where is my parcel number {}",
        "the courier lost box {} and nobody calls me back",
        "shipment {} is late",
    ],
    "refund": [
        "I want my money back for order {}",
        "please refund the {} euros you took",
        "charge {} was wrong, pay it back",
    ],
}


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    rows = [
        (text.format(97 * n), label) for n in range(10) for label, texts in GOOD.items() for text in texts
    ]
    rows += [
        ("where is my parcel number 97!", "delivery"),
        ("please refund the 485 euros you took", "refund"),
        ("where is my parcel number 13", "refund"),
        ("", "refund"),
        ("Où est mon colis, je ne le trouve pas dans la boîte", "delivery"),
        ("Das Paket ist nicht da und ich warte auf die Post", "delivery"),
        ("Посылка не пришла", "delivery"),
        ("Das Geld kommt nicht zurÃ¼ck", "refund"),
        ("refund me\ufffd now", "refund"),
        ("give <b>all</b> of it back &amp; soon", "refund"),
        ("hidden\u200b space in my refund", "refund"),
        ("ok", "refund"),
        ("pay " * 2000, "refund"),
    ]
    path = tmp_path_factory.mktemp("doctor") / "table.csv"
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *rows])
    return path


@pytest.fixture(scope="module")
def diagnosis(table, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERASFT_HOME", str(tmp_path_factory.mktemp("home")))  # nothing was fetched: TF-IDF
        return kerasft.diagnose(table)


def lines(diagnosis, check):
    return [int(suspect.id.split(":")[-1].split(" ")[-1]) for suspect in diagnosis.find(check).suspects]


def test_rows_that_cannot_be_used(diagnosis):
    finding = diagnosis.find("broken rows")
    assert finding.level == "fail" and [each.why for each in finding.suspects] == ["the text is empty"]


def test_lengths_languages_and_encoding(diagnosis):
    assert lines(diagnosis, "lengths") == [73, 74]
    assert {each.why for each in diagnosis.find("languages").suspects} == {"French", "German", "Cyrillic"}
    reasons = [each.why.split(" ")[0:2] for each in diagnosis.find("encoding").suspects]
    assert reasons == [["was", "decoded"], ["holds", "U+FFFD,"], ["holds", "HTML"], ["holds", "control"]]


def test_copies_and_near_copies(diagnosis):
    assert diagnosis.find("conflicts").level == "ok"
    assert lines(diagnosis, "exact copies") == [36, 63]
    assert {3, 9} <= set(lines(diagnosis, "near copies"))


def test_the_wrong_label_is_suspected(diagnosis):
    finding = diagnosis.find("labels")
    assert 64 in lines(diagnosis, "labels")
    assert "looks like delivery" in next(each.why for each in finding.suspects if each.id.endswith(":64"))
    assert "`kerasft fetch all_minilm_l6_v2` finds more of them" in finding.next_step
    assert finding.suspects[0].text


@pytest.mark.slow
def test_the_sample_messages_have_nothing_worse_than_hard_labels(monkeypatch, tmp_path):
    monkeypatch.setenv("KERASFT_HOME", str(tmp_path))
    diagnosis = kerasft.diagnose("messages")
    assert [each.check for each in diagnosis.findings if each.level in ("warn", "fail")] == ["labels"]


def test_the_command_takes_columns_and_writes_a_page(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("KERASFT_HOME", str(tmp_path))
    path = tmp_path / "reviews.csv"
    rows = [f"{word} film {n},{stars}" for stars, word in ((1, "dull"), (5, "lovely")) for n in range(20)]
    path.write_text("\n".join(["review,stars", *rows]))
    assert (
        main(
            [
                "doctor",
                str(path),
                "--text",
                "review",
                "--label",
                "stars",
                "--html",
                str(tmp_path / "a.html"),
                "--json",
            ]
        )
        == 0
    )
    assert list(json.loads(capsys.readouterr().out)["classes"]) == ["1", "5"]
    assert "<q>" not in (tmp_path / "a.html").read_text() or "film" in (tmp_path / "a.html").read_text()
    assert main(["doctor", str(path), "--text", "revue", "--label", "stars"]) == 1
    assert "review" in capsys.readouterr().out


@pytest.mark.parametrize(
    "text, script, language",
    [
        ("the parcel is not here and I wait for it", "Latin", "English"),
        ("das Paket ist nicht da und ich warte", "Latin", "German"),
        ("je ne sais pas où est le colis", "Latin", "French"),
        ("el paquete no está y es para mí", "Latin", "Spanish"),
        ("посылка не пришла", "Cyrillic", "Cyrillic"),
        ("荷物はどこですか", "Japanese", "Japanese"),
        ("parcel", "Latin", ""),
        ("12345 !?", "", ""),
    ],
)
def test_languages_are_told_by_script_and_function_words(text, script, language):
    assert (script_of(text), language_of(text)) == (script, language)
