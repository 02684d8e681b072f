"""What a notebook shows of each object: tables and pictures in which every text is escaped."""

import re

import numpy as np
import pytest

import kerasft
from kerasft.base import notebook
from kerasft.contract.prediction import Predictions
from kerasft.targets.classes.prediction import decode
from kerasft.targets.classes.schema import Classes

EVIL = "<script>alert(1)</script>"


def test_texts_are_escaped_and_numbers_stand_on_the_right():
    html = notebook.page(
        EVIL, notebook.table([(EVIL, 0.123456, EVIL, 1234)], (EVIL,)), notebook.listed([EVIL])
    )
    assert "<script>" not in html and html.count("&lt;script&gt;") == 5
    assert '<td class="num">0.1235</td>' in html and '<td class="num">1,234</td>' in html
    assert "\x1b" not in notebook.plain("\x1b[31mred")
    assert not notebook.folded("nothing", notebook.plain(""))


def test_an_image_that_is_missing_or_large_is_left_out(tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    assert notebook.png(path) is None
    path.write_bytes(b"12345")
    assert notebook.png(path).startswith("data:image/png;base64,")
    monkeypatch.setattr(notebook, "MOST_PNG", 4)
    assert notebook.png(path) is None


def test_a_run_its_data_and_what_is_made_of_it_show_themselves(run, splits):
    data = splits._repr_html_()
    assert len(re.findall("<img", data)) == 8 and ">circle</th>" in data and "42</td>" in data
    shown = run._repr_html_()
    assert ">head</th>" in shown and re.search(r"accuracy [01]\.\d{4}, log loss \d", shown)
    assert "data:image/png" in shown
    found = kerasft.evaluate(run)._repr_html_()
    assert ">accuracy</th>" in found and "95 %: " in found and "<details>" in found
    answers = kerasft.predict(run, splits.test.images[:2])
    assert isinstance(answers, list) and answers._repr_html_().count("<tr>") == 2
    explained = kerasft.explain(run, splits.test.images[:1])[0]._repr_html_()
    assert "data:image/jpeg" in explained and "\\n" not in explained


def test_many_answers_are_cut():
    schema = Classes(("a", "b"))
    answers = Predictions(decode(np.array([0.9, 0.1]), schema, {}, 1) for _ in range(60))
    assert "and 10 more" in answers._repr_html_()


def test_images_with_a_map_each_are_shown_without_counts(splits):
    import dataclasses

    maps = {
        name: dataclasses.replace(each, targets=np.zeros((len(each), 16, 16), np.uint8))
        for name, each in (("train", splits.train), ("validation", splits.validation), ("test", splits.test))
    }
    shown = dataclasses.replace(splits, **maps)._repr_html_()
    assert shown.count("<img") == 8 and ">images</th>" in shown and ">circle</th>" not in shown


@pytest.mark.parametrize("targets", [np.array([0, 2, 2]), np.array([[1, 0, 0], [0, 0, 1], [0, 0, 1]])])
def test_answers_are_counted_as_classes_or_labels(targets):
    from kerasft.contract.splits import _counts

    assert _counts(targets, 3).tolist() == [1, 0, 2]
