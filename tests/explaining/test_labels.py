"""One label of an answer is explained: the most probable one, or the one that is asked for."""

import dataclasses
import json

import numpy as np
import pytest

import kerasft
from kerasft.base.errors import InputError
from kerasft.base.odds import own_log_odds
from kerasft.cli.main import main
from kerasft.contract.registry import task_of
from kerasft.predicting.opening import as_predictor
from kerasft.targets.labels.claim import claim_of
from kerasft.targets.labels.schema import Labels
from tests.made_up_predictors import OfTexts


class Tickets(OfTexts):
    """Knows two labels by a word each."""

    def __init__(self):
        super().__init__()
        self.task, self.schema = task_of("text_multilabel"), Labels(("delivery", "app"))

    def predict(self, texts):
        known = [[word in text for word in ("parcel", "crashes")] for text in texts.texts]
        return np.where(known, np.float32(0.9), np.float32(0.05))


def test_each_label_has_its_own_place_in_an_image(halves):
    run, folder = halves
    both = folder / "3.png"
    for target, inside in (("left", np.s_[:, :8]), ("top", np.s_[:8, :])):
        (found,) = kerasft.explain(run, both, method="occlusion", target=target, patch=4)
        assert found.claim.label == target and found.claim.target == ("left", "top").index(target)
        rest = found.attribution.copy()
        rest[inside] = 0
        assert found.attribution.sum() - rest.sum() > 2 * rest.sum()


def test_occlusion_is_the_fall_of_one_labels_own_log_odds(halves):
    run, folder = halves
    predictor = as_predictor(run)
    (found,) = kerasft.explain(predictor, folder / "3.png", method="occlusion", target="top", patch=16)
    covered = np.full((1, 16, 16, 3), round(float(found.image.mean())), "uint8")
    before, after = (predictor.predict(each)[0, 1] for each in (found.image[None], covered))
    fall = np.log(before / (1 - before)) - np.log(after / (1 - after))
    np.testing.assert_allclose(found.attribution, fall, rtol=1e-3)


@pytest.mark.parametrize("method", ["grad-cam", "integrated-gradients"])
def test_gradients_are_those_of_the_labels_logit(halves, method):
    run, folder = halves
    predictor = as_predictor(run)
    found = {
        name: kerasft.explain(predictor, folder / "3.png", method=method, target=name, steps=None)[0]
        for name in ("left", "top")
    }
    head = predictor.model.layers[-1]
    kernel, bias = head.get_weights()
    head.set_weights([kernel[:, ::-1], bias[::-1]])  # the labels have changed places
    (swapped,) = kerasft.explain(predictor, folder / "3.png", method=method, target="top")
    head.set_weights([kernel, bias])
    np.testing.assert_allclose(swapped.attribution, found["left"].attribution, rtol=1e-3, atol=1e-5)
    assert np.abs(found["left"].attribution - found["top"].attribution).max() > 1e-3


def test_the_command_explains_the_most_probable_label_or_the_one_that_is_named(halves, tmp_path, capsys):
    run, folder = halves
    path = str(folder / "1.png")  # left alone
    (answer,) = kerasft.predict(run, path)
    for extra, label in (([], answer.top[0][0]), (["--target", "top"], "top")):
        arguments = ["explain", str(run.run_dir), path, "--output", str(tmp_path), "--json", *extra]
        assert main(arguments) == 0
        printed = capsys.readouterr()
        (found,) = json.loads(printed.out)["explanations"]
        assert found["label"] == label and found["labels"] == list(answer.labels)
        assert found["probability"] == pytest.approx(dict(answer.top)[label], abs=1e-6)
        assert "class_name" not in found and f"1.png: {label} {found['probability']:.3f}" in printed.err


def test_an_unknown_label_is_told_with_the_nearest(halves):
    run, folder = halves
    with pytest.raises(
        InputError, match="--target is no class or label .*received: lift.*did you mean 'left'"
    ):
        kerasft.explain(run, folder / "1.png", target="lift")


def test_words_of_a_text_speak_for_one_label_each():
    text = "my parcel please the app crashes two items"
    for target, word in (("delivery", "parcel"), ("app", "crashes")):
        (found,) = kerasft.explain(Tickets(), text, method="occlusion", target=target)
        best = found.words[int(np.argmax(found.attribution))]
        assert best.text == word


def test_a_claim_names_the_answer_where_the_label_is_not_in_it():
    schema = Labels(("cat", "dog"), thresholds=(0.3, 0.6))
    assert str(claim_of(np.array([0.4, 0.5], "float32"), schema)) == "dog 0.500 (answer: cat)"
    assert str(claim_of(np.array([0.1, 0.05], "float32"), schema)) == "cat 0.100 (answer: no label)"
    there = claim_of(np.array([0.4, 0.9], "float32"), schema, "cat")
    assert (
        str(there) == "cat 0.400"
        and there.title == "cat  40.0%"
        and there.as_dict()["labels"] == ["cat", "dog"]
    )


def test_log_odds_of_one_probability_stay_finite():
    files = own_log_odds(np.array([0, 1 / 256, 0.5, 255 / 256], "float32"))
    np.testing.assert_allclose(files, [-np.log(512), -np.log(255), 0, np.log(255)], rtol=1e-6)
    floats = own_log_odds(np.array([0, 0.3, 1], "float32"))
    np.testing.assert_allclose(floats, [np.log(1e-7), np.log(3 / 7), -np.log(1e-7)], rtol=1e-6)


def test_the_report_explains_the_label_that_is_wrong_by_most(halves, tmp_path):
    run, _ = halves
    splits = run.splits()
    turned = dataclasses.replace(splits.test, targets=1 - splits.test.targets)
    changed = dataclasses.replace(run, in_memory=dataclasses.replace(splits, test=turned))
    evaluation = kerasft.evaluate(changed)
    wrong = evaluation.mistakes()
    assert len(wrong) == len(turned)
    written = kerasft.report(changed, evaluation, output=tmp_path / "page.html")
    assert written.note == ""
    html = written.path.read_text("utf-8")
    assert html.count('<div class="both">') == min(12, len(wrong)) == html.count("evidence: ")
    off = np.abs(evaluation.probabilities - evaluation.truth)[wrong[0]]
    assert evaluation.disputed(wrong[0]) == splits.class_names[int(off.argmax())]
    assert "where the evidence for the label that is wrong by most is (grad-cam)" in html
