"""The worst mistakes with their explanations, on the page; and the page without, where they fail."""

import dataclasses
import shutil
from types import SimpleNamespace

import numpy as np
import pytest

import kerasft
from kerasft.cli.main import main
from kerasft.contract.sections import Explained
from kerasft.inputs.images.show import SHOWING
from kerasft.inputs.texts.explanation import TextExplanation, Word
from kerasft.reporting import explained
from kerasft.reporting.explained import MOST, MOST_BY_STEPS, explain_mistakes
from kerasft.targets.classes.claim import ClassClaim
from tests.made_up_predictors import OfTexts


@pytest.fixture(scope="module")
def wrong(run, splits):
    """The run with its test labels turned, so that there are many mistakes, and what it answers."""
    turned = dataclasses.replace(splits.test, targets=(splits.test.labels + 1) % 3)
    changed = dataclasses.replace(run, in_memory=dataclasses.replace(splits, test=turned))
    return changed, kerasft.evaluate(changed)


def test_the_worst_mistakes_of_pictures_have_the_evidence_beside_them(wrong, tmp_path):
    run, evaluation = wrong
    count = int((evaluation.labels != evaluation.predictions).sum())
    assert count > 3
    written = kerasft.report(run, evaluation, output=tmp_path / "page.html")
    html = written.path.read_text("utf-8")
    assert written.note == ""
    assert html.count('<div class="both">') == min(count, MOST) and "(grad-cam)" in html
    assert html.count('alt="the evidence for') == min(count, MOST)
    plain = kerasft.report(run, evaluation, output=tmp_path / "plain.html", explain=False)
    assert '<div class="both">' not in plain.path.read_text("utf-8")


def test_only_the_most_confident_are_explained_and_by_the_model_that_answered(wrong, splits):
    run, evaluation = wrong
    from kerasft.predicting.opening import predictor_of_run

    found = explain_mistakes(predictor_of_run(run), run.splits().test, evaluation, SHOWING)
    assert list(found.by_row) == evaluation.mistakes()[:MOST].tolist()
    assert all(each["why"].startswith("data:image/jpeg;base64,") for each in found.by_row.values())


def test_a_failing_explanation_costs_the_explanation_alone(wrong, tmp_path, monkeypatch):
    run, evaluation = wrong

    def fail(*args, **options):
        raise RuntimeError("out of <b>memory</b>\nat line 3")

    monkeypatch.setattr(explained, "explain_column", fail)
    written = kerasft.report(run, evaluation, output=tmp_path / "page.html")
    html = written.path.read_text("utf-8")
    assert "The mistakes could not be explained: out of &lt;b&gt;memory&lt;/b&gt;." in html
    assert "the mistakes are not explained: out of <b>memory</b>" in str(written)


def test_words_of_texts_are_marked_for_and_against(made_up, monkeypatch):
    splits = made_up.text_splits(["a", "b"], pairs=True, text="<b>text</b>")
    evaluation = made_up.answers(splits, right=0.5)

    def words(predictor, examples, names, method, targets, steps):
        assert targets == [None] * len(names)  # of classes: what the model says
        texts, pairs = examples.texts, examples.pairs
        assert len(texts) == len(pairs) == MOST_BY_STEPS and set(texts) < set(splits.test.texts)
        both = (Word("<b>text</b>", 0, 11), Word("its", 0, 3, 1))
        values = np.array([1, -1], "float32")
        return [
            TextExplanation(text, "integrated-gradients", ClassClaim("a", 0.9, "a"), values, both, pair)
            for text, pair in zip(texts, pairs, strict=True)
        ]

    monkeypatch.setattr(explained, "explain_column", words)
    predictor = OfTexts()
    predictor.runtime = SimpleNamespace(model="of a run")
    found = explain_mistakes(predictor, splits.test, evaluation, made_up.showing_of(splits))
    html = made_up.page(made_up.facts(), splits, evaluation, None, found)
    assert (
        html.count("&lt;b&gt;text&lt;/b&gt;</mark>") == MOST_BY_STEPS
        and html.count(">its</mark>") == MOST_BY_STEPS
    )
    assert "for</mark> the answer" in html and "(integrated-gradients)" in html
    assert "<b>text" not in html


def test_without_mistakes_nothing_is_explained(made_up):
    splits = made_up.picture_splits(["a", "b"])
    evaluation = made_up.answers(splits, right=1.0)
    assert explain_mistakes(None, splits.test, evaluation, SHOWING) == Explained()


def test_the_command_can_leave_it_out(run, tmp_path, monkeypatch):
    copy = shutil.copytree(run.run_dir, tmp_path / "run")
    monkeypatch.setattr(
        "kerasft.reporting.reporter.explain_mistakes", lambda *given: pytest.fail("explained")
    )
    assert main(["report", str(copy), "--no-explain"]) == 0
