"""An evaluation of boxes, its files and its words; the threshold that is chosen, and what is said of an image."""

import json
from dataclasses import replace

import numpy as np
import pytest

from kerasft.base.errors import InputError, KerasftError
from kerasft.contract.units import Units
from kerasft.targets.boxes.calibration import calibrate, read_calibration, threshold_in
from kerasft.targets.boxes.coco import coco_scores
from kerasft.targets.boxes.evaluation import FILES
from kerasft.targets.boxes.measuring import measure, measure_found
from kerasft.targets.boxes.prediction import counted, decode, table_columns, table_row
from kerasft.targets.boxes.schema import THRESHOLD, Boxes
from tests.box_scenes import found_of, random_scenes, targets_of

SCHEMA = Boxes(("cat", "dog", "owl", "cow", "never"), 96, "stretch")
LARGER = Boxes(tuple("abcdefghijkl"), 96)
TARGETS, FOUND = random_scenes(seed=6)
IDS = [f"{number}.jpg" for number in range(len(TARGETS))]


@pytest.fixture(scope="module")
def found():
    return measure_found(FOUND, TARGETS, SCHEMA, IDS, 0.3)


def dense(targets, scores, number=0, classes=5):
    """Answers with one place for each box, on it, whose class has a score."""
    answers = np.zeros((len(targets), targets.shape[1] - 1, 4 + classes), "float32")
    answers[..., :4] = targets[:, 1:, :4] / np.tile(targets[:, :1, 2:4], 2)
    answers[..., 4 + number] = np.where(targets[:, 1:, 4] >= 0, scores, 0)
    return answers


def test_the_numbers_are_those_of_their_parts(found):
    coco = coco_scores(TARGETS, FOUND, 5)
    assert found.score == found.metrics["AP50"] == coco.ap50 and found.metrics["AR100"] == coco.ar[2]
    assert found.metrics["AP50 per example"] == found.per_example.mean()
    assert found.decided.found == np.trace(found.confusion)
    assert found.decided.missed == found.confusion[:, -1].sum() + found.confusion[:5, :5].sum() - np.trace(
        found.confusion
    )
    assert found.wrong.sum(axis=0).tolist() == [found.decided.missed, found.decided.extra]
    assert [each.boxes for each in found.classes][-1] == 0


def test_the_interval_is_a_bootstrap_of_examples_and_of_units_that_belong_together(found):
    low, high = found.interval
    assert low < found.score < high
    twice = measure_found(np.concatenate([FOUND] * 2), np.concatenate([TARGETS] * 2), SCHEMA, IDS * 2, 0.3)
    assert twice.score == pytest.approx(found.score) and np.diff(twice.interval) < np.diff(found.interval)
    units = Units("scene", np.tile(np.arange(len(IDS)), 2))
    assert replace(twice, units=units).interval == pytest.approx(found.interval, abs=0.03)


@pytest.mark.slow
def test_the_interval_corrects_what_few_images_do_to_average_precision():
    """Of a hundred images at a time: the score of all 1,500 lies below 7 of 15 percentile intervals, and 1 of these."""
    targets, said = random_scenes(1500, 12, seed=9)
    all_images = coco_scores(targets, said, 12).ap50
    parts = [slice(start, start + 100) for start in range(0, 1500, 100)]
    each = [measure_found(said[rows], targets[rows], LARGER, ["a"] * 100, 0.3) for rows in parts]
    assert (
        np.mean([one.score for one in each]) > all_images + 0.01
    )  # a curve of few points has a high envelope
    assert sum(all_images < one.interval[0] for one in each) <= 3
    assert not any(all_images > one.interval[1] for one in each)


def test_a_draw_without_boxes_does_not_matter():
    targets, said = targets_of([(10, 10, 50, 50, 0)], []), found_of([(10, 10, 50, 50, 0.9, 0)], [])
    few = measure_found(said, targets, SCHEMA, ["a", "b"], 0.5)
    assert few.score == 1 and few.interval == (1, 1) and not len(few.mistakes())


def test_mistakes_are_images_with_a_box_missed_or_a_wrong_detection_the_worst_first(found):
    rows = found.mistakes()
    assert set(rows.tolist()) == set(np.flatnonzero(found.wrong.sum(axis=1)).tolist())
    assert (np.diff(found.per_example[rows]) >= 0).all()


def test_it_is_written_and_told(found, tmp_path):
    found.write(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(FILES)
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert metrics["ap50"] == found.score and len(metrics["confusion"]) == 6 and len(metrics["errors"]) == 6
    assert len((tmp_path / "predictions.csv").read_text().splitlines()) == 41
    assert (tmp_path / "per_class.csv").read_text().splitlines()[-1].startswith("never,0,0,,,")
    said = str(found)
    assert f"AP50                    {found.score:8.4f}" in said and "duplicate" in said
    assert "1 class without a box here" in said


def test_detections_in_a_file_are_cocos_json(found, tmp_path):
    found.write(tmp_path)
    written = json.loads((tmp_path / "detections.json").read_text())
    assert written["images"][3] == {"id": 4, "file_name": "3.jpg", "width": 640, "height": 480}
    assert written["categories"][1] == {"id": 2, "name": "dog"}
    again = np.zeros_like(FOUND)
    again[..., 5] = -1
    filled = [0] * len(FOUND)
    for each in written["annotations"]:
        image, (x, y, width, height) = each["image_id"] - 1, each["bbox"]
        again[image, filled[image]] = (x, y, x + width, y + height, each["score"], each["category_id"] - 1)
        filled[image] += 1
    assert again == pytest.approx(FOUND, abs=1e-3)


def test_other_classes_can_not_be_compared(found):
    other = measure_found(FOUND, TARGETS, Boxes(tuple("abcde"), 96), IDS, 0.3)
    assert "have other classes" in str(found.mismatch(other, "a and b"))
    assert found.mismatch(found, "a and b") is None


def test_what_can_not_be_measured_is_refused():
    answers = dense(TARGETS, 0.9)
    with pytest.raises(InputError, match="no examples to evaluate on"):
        measure(answers[:0], TARGETS[:0], SCHEMA, [])
    with pytest.raises(KerasftError, match="NaN or infinity"):
        measure(np.full_like(answers, np.nan), TARGETS, SCHEMA, IDS)
    with pytest.raises(InputError, match="no example has a box that counts"):
        measure(answers[:1, :2], targets_of([(1, 1, 9, 9, 0, 1)], most=2), SCHEMA, ["a"])


def test_dense_answers_become_detections_of_the_original_image():
    targets = targets_of([(64, 48, 320, 240, 0)], [(0, 0, 640, 480, 0)])
    found = measure(dense(targets, 0.9), targets, SCHEMA, ["a", "b"], 0.5)
    assert found.score == 1 and found.threshold == 0.5
    assert found.found[0, 0] == pytest.approx([64, 48, 320, 240, 0.9, 0])
    assert measure(dense(targets, 0.9), targets, SCHEMA, ["a", "b"]).threshold == THRESHOLD


def test_the_threshold_is_chosen_by_f1_where_there_are_boxes_enough():
    targets = targets_of(*[[(10, 10, 90, 90, 0)]] * 12, *[[]] * 4, most=1)
    boxes = targets.copy()
    boxes[12:, 1] = (10, 10, 90, 90, 0, 0)  # the last four are said to have a box, with a lower score
    scores = np.where(np.arange(16) < 12, 0.8, 0.4)[:, None]
    chosen = calibrate(dense(boxes, scores), targets, SCHEMA)
    assert chosen.score_threshold == pytest.approx(0.6) and chosen.f1 == 1 and chosen.boxes == 12
    assert read_calibration(chosen.as_dict()) == chosen and chosen.served == {"score_threshold": 0.6}
    few = calibrate(dense(boxes, scores)[:9], targets[:9], SCHEMA)
    assert few.score_threshold == THRESHOLD and "9 boxes, and 10 are needed" in few.note
    none = calibrate(dense(boxes, scores, 1), targets, SCHEMA)
    assert none.score_threshold == THRESHOLD and none.f1 is None and "no box" in none.note


def test_a_threshold_that_is_none_is_refused():
    assert threshold_in({}) == THRESHOLD and threshold_in({"score_threshold": 1}) == 1
    for value in ("0.5", None, 1.5, float("nan"), True):
        with pytest.raises(ValueError, match="no number from 0 to 1"):
            threshold_in({"score_threshold": value})


def test_an_answer_is_told_in_a_line_as_json_and_in_a_table():
    found = found_of([(12, 34, 68, 112, 0.93, 0), (1.5, 2, 4, 8.25, 0.5, 1), (0, 0, 5, 5, 0.2, 1)])[0]
    said = decode(found, SCHEMA, 0.3)
    assert said.answer() == "cat 0.93 at 12,34 56x78; dog 0.50 at 2,2 2x6"
    assert said.values()["boxes"][1] == {"class": "dog", "score": 0.5, "box": [1.5, 2.0, 4.0, 8.25]}
    assert len(decode(found, SCHEMA, 0.1, top=1).boxes) == 1
    assert decode(found, SCHEMA, 0.95).answer() == "nothing" == counted(np.array([], int), ["cat"])
    assert list(table_columns(SCHEMA))[:2] == ["count of cat", "count of dog"]
    assert table_row(found, SCHEMA, 0.1) == [1, 2, 0, 0, 0]
    odd = Boxes(("a\x1b[31m", "b"), 96)
    assert "\x1b" not in decode(found, odd, 0.9).answer()
    assert counted(np.array([1, 1, 0]), ["cat", "dog"]) == "1 cat, 2 dog"
