"""Boxes are measured as COCO defines it, for the whole, for each image, and for any draw of the images."""

import numpy as np
import pytest

from kerasft.targets.boxes.coco import coco_scores
from kerasft.targets.boxes.curves import (
    average_precision,
    average_precisions,
    best_threshold,
    curve_of,
    mean_there,
)
from kerasft.targets.boxes.matching import match, overlaps
from kerasft.targets.boxes.scores import class_scores, class_table, decided_at, example_scores
from tests.box_scenes import found_of, random_scenes, targets_of

# What pycocotools 2.0.11 says of `random_scenes(seed=...)`, a seed a row: its twelve numbers but the last three,
# and AP50 of each class (-1: no box is of it)
PYCOCOTOOLS = [
    (0.1962838085614483, 0.4675555404683386, 0.11576624923696943, 0.2538936036460789, 0.18533043402316007,
     0.2941152247092841, 0.19821428571428573, 0.3574503968253968, 0.3574503968253968),
    (0.2302714393709894, 0.5740365232414005, 0.10309012145875551, 0.31460671067106705, 0.23858010070027585,
     0.2520226431983858, 0.22936217576461476, 0.3814937411278875, 0.3814937411278875),
]  # fmt: skip
OF_CLASSES = [
    (0.35525659503693346, 0.6554216960876703, 0.45937640429263865, 0.4001674664561119, None),
    (0.5837318518387062, 0.6625662966682622, 0.656937488577881, 0.3929104558807529, None),
]
BOX = (100, 100, 200, 200)


def said(score, shift=0.0, number=0, box=BOX):
    """A detection on a box, moved to the right."""
    return (box[0] + shift, box[1], box[2] + shift, box[3], score, number)


@pytest.mark.parametrize("seed", [0, 1])
def test_scores_are_those_of_pycocotools(seed):
    targets, found = random_scenes(seed=seed)
    scores = coco_scores(targets, found, 5)
    numbers = [scores.ap, scores.ap50, scores.ap75, *scores.ap_of_area, *scores.ar]
    assert numbers == pytest.approx(PYCOCOTOOLS[seed], abs=1e-12)
    assert scores.ap50_of_class[:4] == pytest.approx(OF_CLASSES[seed][:4], abs=1e-12)
    assert scores.ap50_of_class[4] is None and scores.ap_of_class[4] is None


@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_one_matching_gives_the_same_ap50(seed):
    targets, found = random_scenes(seed=seed, crowds=0.3)
    if seed == 3:  # equal scores, in one image and in several
        found[..., 4] = np.round(found[..., 4], 1)
    scores = coco_scores(targets, found, 5)
    mine = average_precisions(match(targets, found), 5, np.ones((1, len(targets))))
    assert mine[0, :4] == pytest.approx(scores.ap50_of_class[:4], abs=1e-14) and np.isnan(mine[0, 4])
    assert mean_there(mine)[0] == pytest.approx(scores.ap50, abs=1e-14)


def test_images_that_are_drawn_twice_count_as_if_they_were_there_twice():
    targets, found = random_scenes(seed=4)
    weights = np.random.default_rng(0).multinomial(len(targets), np.full(len(targets), 1 / len(targets)), 5)
    drawn = average_precisions(match(targets, found), 5, weights)
    for row, each in zip(weights, drawn, strict=True):
        rows = np.repeat(np.arange(len(targets)), row)
        again = coco_scores(targets[rows], found[rows], 5)
        assert each[:4] == pytest.approx(again.ap50_of_class[:4], abs=1e-14)
    assert np.isnan(average_precisions(match(targets, found), 5, np.zeros((1, len(targets))))).all()


def test_overlaps_are_intersection_over_union_and_of_crowds_the_share_of_the_detection():
    boxes = np.array([BOX, (150, 100, 250, 200), (400, 400, 400, 400)], float)
    found = overlaps(boxes, boxes, np.array([False, True, False]))
    assert found[0].tolist() == [1, 0.5, 0] and found[1, 0] == pytest.approx(1 / 3)
    assert found[2].tolist() == [0, 0, 0]  # an empty box lies nowhere


def test_the_best_detection_takes_the_box_and_the_next_one_is_wrong():
    matches = match(
        targets_of([(*BOX, 0)], []), found_of([said(0.8), said(0.9, 10), said(0.7, 0, 1)], [said(0.6)])
    )
    assert matches.score.tolist() == pytest.approx([0.9, 0.8, 0.7, 0.6])
    assert matches.found.tolist() == [0, -1, -1, -1]  # a worse one on the spot, another class, another image
    assert decided_at(matches, 0.85).precision == 1 and decided_at(matches, 0.0).precision == 0.25
    assert decided_at(matches, 0.95).recall == 0 and decided_at(matches, 0.95).precision is None


def test_crowds_are_neither_found_nor_missed():
    group = (0, 0, 300, 300, 0, 1)
    inside, beside = said(0.9, box=(10, 10, 60, 60)), said(0.8, box=(400, 300, 450, 350))
    matches = match(targets_of([(*BOX, 0), group]), found_of([inside, said(0.7), beside]))
    assert matches.ignored.tolist() == [True, False, False] and matches.found.tolist() == [-1, -1, 0]
    decided = decided_at(matches, 0.0)
    assert (decided.found, decided.extra, decided.missed) == (1, 1, 0)
    assert coco_scores(targets_of([group]), found_of([inside]), 1).ap50 is None


def test_average_precision_of_hand_made_orders():
    assert average_precision(np.array([True, True]), 2) == 1
    assert average_precision(np.array([], bool), 2) == 0
    half = np.array([True, False, False, True])  # recall 0.5 at precision 1, then 1 at precision 0.5
    assert average_precision(half, 2) == pytest.approx((51 * 1 + 50 * 0.5) / 101)
    assert average_precision(np.array([False, True]), 1) == 0.5


def test_an_example_is_scored_by_the_classes_it_has_and_those_that_are_said():
    targets = targets_of([(*BOX, 0)], [(*BOX, 0)], [], [], [(*BOX, 0), (300, 300, 350, 350, 1)])
    found = found_of(
        [said(0.9)],
        [said(0.9), said(0.8, 0, 1), said(0.1, 0, 2)],  # class 1 is said from 0.5 on, class 2 is not
        [],
        [said(0.4)],
        [said(0.9, 90), said(0.8)],
    )
    assert example_scores(match(targets, found), 0.5) == pytest.approx([1, 0.5, 1, 0.6, 0.25])


def test_the_threshold_has_the_best_f1_and_lies_between_two_scores():
    targets = targets_of([(*BOX, 0)], [(*BOX, 1)], [])
    found = found_of([said(0.9)], [said(0.6, 0, 1)], [said(0.4), said(0.3)])
    matches = match(targets, found)
    assert best_threshold(matches) == (pytest.approx(0.5), 1.0)
    curve = curve_of(matches)
    assert curve.precision.tolist() == pytest.approx([1, 1, 2 / 3, 0.5]) and curve.recall[-1] == 1
    assert curve_of(matches, 0).recall.tolist() == [1, 1, 1]
    assert best_threshold(match(targets, found_of([], [], [said(0.9)]))) is None
    tied = match(targets, found_of([said(0.5)], [said(0.5, 0, 1)], [said(0.5)]))
    assert best_threshold(tied) == (0.25, pytest.approx(0.8))  # all or none: equals can't be parted


def test_nothing_found_and_nothing_there_are_counted():
    targets, nothing = targets_of([(*BOX, 0)], []), found_of([], [])
    scores = coco_scores(targets, nothing, 2)
    assert scores.ap == scores.ap50 == scores.ar[2] == 0 and scores.ap_of_area == (None, None, 0)
    one, other = class_scores(["cat", "dog"], scores, match(targets, nothing), 0.5)
    assert (one.boxes, one.images, one.recall, one.precision, one.f1) == (1, 1, 0, None, 0)
    assert other.ap50 is None and other.f1 is None
    assert class_table([one, other])[-1].startswith("1 class without a box here")
    assert example_scores(match(targets, nothing), 0.5).tolist() == [0, 1]


def test_of_many_classes_a_terminal_gets_the_worst():
    targets, found = random_scenes(classes=30)
    scores = class_scores(
        [f"c{k}" for k in range(30)], coco_scores(targets, found, 30), match(targets, found), 0.5
    )
    lines = class_table(scores)
    assert lines[0] == "the 10 of 30 classes with the lowest AP50:" and len(lines) == 13
