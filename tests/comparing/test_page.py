"""A comparison as a page: what is on it, classes that are tested, settings that differ, and nothing that is code."""

import json
import re
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import binomtest

import kerasft
from kerasft.base import languages
from kerasft.base.shares import wilson
from kerasft.base.statistics import holm
from kerasft.cli.main import main
from kerasft.comparing import artifacts
from kerasft.comparing.by_class import class_rows
from kerasft.comparing.charts import forest
from kerasft.comparing.settings import differing, settings_of
from kerasft.targets.classes.measuring import measure
from kerasft.targets.numbers.kind import NUMBERS
from kerasft.targets.numbers.schema import Numbers
from tests.translations import english_in

EVIL = '<img src=x onerror="alert(1)">\u202e'
NAMES = ("cat", EVIL, "owl")
RNG = np.random.default_rng(2)


def answers(labels, right, ids, seed, names=NAMES):
    """An evaluation in which about a share is right; classes and examples may come in another order."""
    rng = np.random.default_rng(seed)
    said = np.where(rng.random(len(labels)) < right, labels, (labels + 1) % 3)
    probabilities = np.eye(3)[said] * 0.7 + 0.1
    back = [NAMES.index(name) for name in names]
    place = np.argsort(back)
    return measure(place[labels], probabilities[:, back], names, ids)


@pytest.fixture(scope="module")
def evaluations():
    labels, ids = RNG.integers(0, 3, 240), [f"{number}.jpg" for number in range(240)]
    turned = RNG.permutation(240)
    other = answers(labels[turned], 0.9, [ids[row] for row in turned], 1, NAMES[::-1])
    return [answers(labels, 0.5, ids, 0), other]


def compared(evaluations, monkeypatch, settings=({}, {})):
    """Compares evaluations as those of artifacts that have such settings."""
    monkeypatch.setattr(artifacts, "evaluate", lambda each, data, **options: evaluations[each])
    monkeypatch.setattr(artifacts, "settings_of", lambda each: settings[each])
    return artifacts.compare(range(len(evaluations)), "data", names=["first", EVIL][: len(evaluations)])


def test_classes_are_tested_example_by_example_in_any_order(evaluations):
    one, other = evaluations
    place = {name: row for row, name in enumerate(other.ids)}
    p_values, rows = [], class_rows(evaluations)
    for number, row in enumerate(rows):
        mine = np.flatnonzero(one.labels == number)
        first, second = one.right[mine], other.right[[place[one.ids[each]] for each in mine]]
        only = int((first & ~second).sum()), int((second & ~first).sum())
        p_values.append(binomtest(only[0], sum(only), 0.5).pvalue)
        assert row.name == NAMES[number] and row.examples == len(mine)
        assert row.scores == (first.mean(), second.mean())
        assert row.differences == (second.mean() - first.mean(),)
        interval = row.intervals[1]
        assert (interval.low, interval.high) == wilson(int(second.sum()), len(mine))
    assert [row.p_values for row in rows] == [(p,) for p in holm(p_values)]
    assert rows[0].p_values[0] < 1e-3


def test_several_numbers_are_shown_without_a_test():
    schema = Numbers(("height", "width"), (0.0, 0.0), (1.0, 1.0))
    truth = RNG.normal(size=(40, 2))
    each = [
        NUMBERS.evaluate((truth + spread).astype("float32"), truth, schema, range(40))
        for spread in (0.1, 0.3)
    ]
    rows = class_rows(each)
    assert [row.name for row in rows] == ["height", "width"] and rows[0].p_values == (None,)
    assert rows[0].differences == pytest.approx((0.2,), abs=1e-6)


def test_the_page_has_all_of_it_and_nothing_that_is_code(evaluations, monkeypatch, tmp_path):
    settings = [
        {"model backbone": "starter", "training augment": "light", "versions keras": "3.15.1"},
        {"model backbone": "starter", "training augment": EVIL, "versions keras": "3.16.0"},
    ]
    found = compared(evaluations, monkeypatch, settings)
    path = kerasft.write_comparison(found, tmp_path / "comparison.html")
    page = path.read_text("utf-8")
    assert "<img" not in page and "\u202e" not in page and "&lt;img src=x" in page and r"\u202e" in page
    assert not re.search(r"(src|href)=\"?(https?:)?//|<link rel=\"style|@import", page)
    assert "default-src 'none'" in page and page.count("<script") == 2
    assert [title for title in re.findall(r"<h2[^>]*>([^<]+)", page)] == [
        "In short", "Scores", "Differences", "Classes", "What differs in their settings",
    ]  # fmt: skip
    assert page.count("<svg") == 2 and page.count('class="whisker"') == 3
    for entry in found.entries:
        assert f"{entry.score:.4f}" in page and f"{entry.low:.4f} to {entry.high:.4f}" in page
    chosen, folded = page.split("<details><summary>Versions, machine")
    assert "training augment" in chosen and "model backbone" not in page and "versions keras" in folded
    assert "the difference is real" in page and "real, p = " in page


def test_the_page_in_chinese_has_no_english_but_names(evaluations, monkeypatch, tmp_path):
    settings = [{"training augment": "light"}, {"training augment": "none"}]
    found = compared(evaluations, monkeypatch, settings)
    with languages.chosen("zh"):
        page = kerasft.write_comparison(found, tmp_path / "zh.html").read_text("utf-8")
    names = {each.name for each in found.entries} | {each.name for each in found.classes}
    cut = "one"  # of the name that is code, in a chart
    assert english_in(page, {*names, cut, "training augment", "light", "none"}) == []


def test_without_classes_and_runs_there_are_fewer_sections(evaluations, monkeypatch, tmp_path):
    for each in evaluations:
        monkeypatch.setattr(type(each), "of_classes", ())
    page = kerasft.write_comparison(compared(evaluations, monkeypatch), tmp_path / "a.html").read_text(
        "utf-8"
    )
    assert "Classes" not in page and "No run of these is known" in page


def test_the_command_writes_the_page(run, tmp_path, monkeypatch, capsys):
    found = compared([kerasft.evaluate(run)] * 2, monkeypatch)
    monkeypatch.setattr(kerasft, "compare", lambda *given, **options: found)
    target = tmp_path / "page.html"
    assert main(["compare", "a", "b", "--html", str(target), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert target.is_file() and [each["name"] for each in told["by_class"]] == list(
        run.model_config.class_names
    )
    assert told["class_score"] == "recall" and told["by_class"][0]["differences"] == [0.0]


def test_settings_are_those_of_config_json_by_the_names_of_phases(run):
    found = settings_of(run)
    assert found["model backbone"] == run.model_config.backbone and "created" not in found
    assert float(found["phases head learning rate"]) == run.config["phases"][0]["learning_rate"]
    assert settings_of(object()) == {}
    rows = dict(differing([found, {**found, "training augment": "none"}]))
    assert rows == {"training augment": [found["training augment"], "none"]}
    assert differing([{"a": "1"}, {}]) == [("a", ["1", "–"])]


def test_settings_of_anybody_are_cut(run):
    config = {
        "phases": [{"name": "x" * 10_000, "rate": 1}],
        **{f"a{number}": "y" * 10_000 for number in range(2_000)},
    }
    found = settings_of(SimpleNamespace(config=config, run_dir=run.run_dir))
    assert 400 < len(found) <= 500 and max(map(len, [*found, *found.values()])) == 120


def test_a_chart_says_in_words_what_it_shows():
    drawn = forest([("a", 0.5, 0.4, 0.6), (EVIL, -0.1, -0.2, 0.0)], "difference", zero=True)
    assert "difference, with intervals: a: 0.5, 0.4 to 0.6; " in drawn and "<img" not in drawn
    assert drawn.count('class="line zero"') == 1 and ">+0.5000<" in drawn
    assert forest([("a", 1.0, 1.0, 1.0)], "accuracy").count("<circle") == 1  # an axis without a length
