"""Intervals of the scores of one class or label: against scikit-learn, slow draws, and what they promise."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn import metrics

from kerasft.base.decisions import DecisionIntervals
from kerasft.base.shares import wilson
from kerasft.base.statistics import Interval
from kerasft.contract.units import Units
from kerasft.targets.boxes import evaluation as box_evaluation
from kerasft.targets.boxes.measuring import measure_found
from kerasft.targets.boxes.schema import Boxes
from kerasft.targets.labels import intervals as label_intervals
from kerasft.targets.labels.measuring import measure as measure_labels
from kerasft.targets.labels.schema import Labels
from kerasft.targets.masks import intervals as mask_intervals
from kerasft.targets.masks.measuring import measure as measure_masks
from kerasft.targets.masks.schema import IGNORED, Masks
from tests.box_scenes import random_scenes

RNG = np.random.default_rng(7)


def decisions(n, share=0.3, right=0.8, rng=RNG):
    there = rng.random(n) < share
    return there, np.where(rng.random(n) < right, there, ~there)


def drawing(monkeypatch, module, count, resamples=12):
    """Lets a module draw a few times only, and returns the rows of each draw."""
    weights = np.random.default_rng(1).multinomial(count, np.full(count, 1 / count), resamples)
    monkeypatch.setattr(module, "draw_counts", lambda *given: weights.astype("int32"))
    return [np.repeat(np.arange(count), each) for each in weights]


def ends(interval):
    return interval.low, interval.high


def test_decisions_have_the_scores_of_scikit_learn_and_intervals_of_shares():
    there, said = decisions(150)
    found = DecisionIntervals.of(there, said)
    scores = metrics.precision_recall_fscore_support(there, said, average="binary")[:3]
    assert (found.precision.value, found.recall.value, found.f1.value) == pytest.approx(scores)
    right = int((there & said).sum())
    assert ends(found.recall) == wilson(right, int(there.sum()))
    assert ends(found.precision) == wilson(right, int(said.sum()))
    assert found.f1.low < found.f1.value < found.f1.high


def test_nothing_to_have_a_share_of_has_no_interval_and_no_mistake_has_a_width():
    none, some = np.zeros(9, bool), np.arange(9) < 5
    assert vars(DecisionIntervals.of(none, none)) == {"precision": None, "recall": None, "f1": None}
    missed = DecisionIntervals.of(some, none)
    assert missed.precision is None and missed.recall.value == missed.f1.value == 0 < missed.f1.high < 0.65
    perfect = DecisionIntervals.of(some, some)
    assert perfect.f1.value == 1 == perfect.f1.high and perfect.f1.low < 0.75


def test_the_interval_of_f1_holds_the_truth_as_often_as_it_says():
    rng, held = np.random.default_rng(3), 0
    there, said = decisions(1_000_000, 0.15, 0.9, rng)
    truth = metrics.f1_score(there, said)
    for _ in range(800):
        found = DecisionIntervals.of(*decisions(120, 0.15, 0.9, rng)).f1
        held += found.low <= truth <= found.high
    assert 0.93 < held / 800 < 0.98


def test_whole_units_are_drawn_for_decisions():
    there, said = np.repeat(decisions(30), 5, axis=1)  # five alike in each
    units = np.arange(150) // 5
    wide, narrow = DecisionIntervals.of(there, said, units), DecisionIntervals.of(there, said)
    for name in ("precision", "recall", "f1"):
        one, other = getattr(wide, name), getattr(narrow, name)
        assert one.value == other.value and one.high - one.low > 1.5 * (other.high - other.low)


def test_areas_are_those_of_scikit_learn_on_the_rows_that_were_drawn():
    truth = RNG.random(60) < 0.3
    probabilities = np.round(truth * 0.2 + RNG.random(60), 1).astype("float32") / 2  # many are equal
    weights = RNG.multinomial(60, np.full(60, 1 / 60), 9)
    found = label_intervals.areas(probabilities, truth, np.vstack([np.ones((1, 60), int), weights]))
    for place, counts in enumerate([np.ones(60, int), *weights]):
        rows = np.repeat(np.arange(60), counts)
        expected = (
            each(truth[rows], probabilities[rows])
            for each in (metrics.average_precision_score, metrics.roc_auc_score)
        )
        assert [each[place] for each in found] == pytest.approx(list(expected), abs=1e-6)


def test_labels_on_a_handful_of_examples_have_shares_alone(monkeypatch):
    truth = RNG.random((80, 3)) < (0.4, 0.3, 0.0)
    truth[:4, 2] = True
    probabilities = ([0.51, 0.3, 0.3] * truth + 0.5 * RNG.random((80, 3))).astype("float32")
    evaluation = measure_labels(
        probabilities, truth.astype("float32"), Labels(("a", "b", "rare")), map(str, range(80))
    )
    whole = label_intervals.label_intervals(evaluation)
    assert (
        whole[0]["roc_auc"] is None
    )  # no example is at the wrong place, and drawing them again shows nothing
    assert whole[1]["roc_auc"].low < whole[1]["roc_auc"].high
    assert set(whole[0]) == {"precision", "recall", "f1", "average_precision", "roc_auc"} != set(whole[2])
    for one, scores in zip(whole, evaluation.labels, strict=True):
        for name, found in one.items():
            assert found is None or found.low <= found.value <= found.high
            assert found is None or found.value == pytest.approx(getattr(scores, name))
    assert ends(whole[2]["recall"]) == wilson(round(evaluation.labels[2].recall * 4), 4)
    monkeypatch.setattr(label_intervals, "_VALUES_AT_ONCE", 700)
    assert label_intervals.label_intervals(evaluation) == whole


def test_masks_are_measured_anew_on_each_draw(monkeypatch):
    schema, count = Masks(("ground", "cat", "rare"), (0, 1, 2), 8, 255, (0.7, 0.3, 0.0)), 14
    truth = RNG.integers(0, 2, (count, 4, 4), np.uint8).repeat(2, axis=1).repeat(2, axis=2)
    truth[0, :4], truth[1, :2] = 2, IGNORED
    scores = np.eye(3)[np.minimum(truth, 2)] + RNG.uniform(0, 1.4, (count, 8, 8, 3)) * [1, 1, 0]
    probabilities, ids = scores / scores.sum(-1, keepdims=True), list(map(str, range(count)))
    evaluation = measure_masks(probabilities, truth, schema, ids)
    draws = drawing(monkeypatch, mask_intervals, count)
    found = evaluation.class_intervals
    slow = [measure_masks(probabilities[rows], truth[rows], schema, ids) for rows in draws]
    for place in range(2):
        for name in mask_intervals.NAMES:
            values = np.array([getattr(each.classes[place], name) for each in slow])
            expected = Interval.of(getattr(evaluation.classes[place], name), values)
            assert ends(found[place][name]) == pytest.approx(ends(expected)), name
    assert set(found[2].values()) == {None}  # of one image, draws show nothing


def test_boxes_are_measured_anew_on_each_draw(monkeypatch):
    targets, said = random_scenes(seed=6)
    schema, ids = (
        Boxes(("cat", "dog", "owl", "cow", "never"), 96, "stretch"),
        list(map(str, range(len(targets)))),
    )
    evaluation = measure_found(said, targets, schema, ids, 0.3)
    with_units = replace(evaluation, units=Units("scene", np.arange(len(ids)) // 2))
    assert with_units.class_intervals != replace(evaluation, units=None).class_intervals
    draws = drawing(monkeypatch, box_evaluation, len(ids))
    found = evaluation.class_intervals
    slow = [measure_found(said[rows], targets[rows], schema, ids, 0.3) for rows in draws]
    for place in range(4):
        for name in ("precision", "recall", "f1", "ap50"):
            values = np.array([getattr(each.classes[place], name) for each in slow])
            score = getattr(evaluation.classes[place], name)
            expected = ends(Interval.of(score, 2 * score - values if name == "ap50" else values))
            expected = (
                (min(expected[0], score), min(max(expected[1], score), 1)) if name == "ap50" else expected
            )
            assert ends(found[place][name]) == pytest.approx(expected, abs=1e-6), name
    assert found[4] == {} and "ap" not in found[0]


def test_each_kind_gives_its_classes_to_comparisons_with_the_score_that_is_named():
    targets, said = random_scenes(seed=6)
    schema, ids = (
        Boxes(("cat", "dog", "owl", "cow", "never"), 96, "stretch"),
        list(map(str, range(len(targets)))),
    )
    boxes = measure_found(said, targets, schema, ids, 0.3)
    truth = np.tile(np.arange(2, dtype=np.uint8), (12, 4, 2))
    maps = measure_masks(np.eye(3)[truth], truth, Masks(("ground", "cat", "never"), (0, 1, 2), 4), ids[:12])
    there = (RNG.random((40, 2)) < 0.4) * [1, 0]
    labels = measure_labels(0.9 * there, there, Labels(("a", "never")), ids[:40])
    for evaluation, classes, name in (
        (boxes, boxes.classes, "ap50"),
        (maps, maps.classes, "iou"),
        (labels, labels.labels, "f1"),
    ):
        found = evaluation.of_classes
        assert evaluation.class_score.casefold() == name and [one.name for one in found] == [
            one.name for one in classes
        ]
        assert [one.score for one in found[:-1]] == [getattr(one, name) for one in classes[:-1]]
        assert (found[-1].score, found[-1].interval, found[-1].examples) == (None, None, 0)
        assert all(one.rows is None for one in found)
    assert boxes.of_classes[0].interval == boxes.class_intervals[0]["ap50"] is not None
    assert labels.of_classes[0].interval.high == 1 > labels.of_classes[0].interval.low > 0.5
