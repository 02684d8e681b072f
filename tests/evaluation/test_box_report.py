"""What the report says of boxes: numbers as measured, the worst images with their boxes and what was found."""

import re

import numpy as np
import pytest

from kerasft.contract.evaluation import Seen
from kerasft.contract.sections import Reported
from kerasft.inputs.images.show import SHOWING
from kerasft.inputs.images.splits import ImageReading, ImageSplit, ImageSplits
from kerasft.targets.boxes.calibration import BoxCalibration
from kerasft.targets.boxes.cards import found_marks, truth_marks
from kerasft.targets.boxes.measuring import measure_found
from kerasft.targets.boxes.report import box_sections
from kerasft.targets.boxes.schema import Boxes
from tests.box_scenes import found_of, random_scenes, targets_of

NAMES = ("cat", "dog <b>", "owl", "cow", "never")


def reported(names=NAMES, targets=None, found=None, **changes):
    """What is said of made-up scenes, the same in all splits."""
    scenes = random_scenes(20, len(names), seed=8)
    targets, found = scenes[0] if targets is None else targets, scenes[1] if found is None else found
    ids = tuple(f"<i>{row}.jpg" for row in range(len(targets)))
    images = np.zeros((len(targets), 64, 64, 3), np.uint8)
    parts = [
        ImageSplit(name, images, targets, ids, ("0" * 64,) * len(ids))
        for name in ("train", "validation", "test")
    ]
    schema = Boxes(tuple(names), 64, "letterbox")
    splits = ImageSplits(*parts, schema, ImageReading(64), "/data/scenes.json", 0)
    evaluation = measure_found(found, targets, schema, ids, 0.3)
    return Reported(splits, evaluation, "tune", {}, **changes)


def pages_of(given):
    return {each.anchor: str(each.html) for each in box_sections(given, SHOWING)}


@pytest.fixture(scope="module")
def given():
    return reported(calibration=BoxCalibration(0.3, 20, 81, 0.61))


@pytest.fixture(scope="module")
def pages(given):
    return pages_of(given)


def test_the_sections_are_there_with_the_numbers_of_the_evaluation(given, pages):
    assert list(pages) == ["result", "data", "classes", "errors", "examples"]
    evaluation = given.evaluation
    assert f"AP50 of <strong>{evaluation.score:.3f}</strong>" in pages["result"]
    assert "had the best F1, 0.610, on 20 validation images with 81 boxes" in pages["result"]
    for kind in evaluation.errors:
        assert (
            f'<td class="num">{kind.count}</td>' in pages["errors"] and f"{kind.gain:.3f}" in pages["errors"]
        )
    cells = re.findall(r"<td[^>]*--s:[^>]*>(\d+)</td>", pages["classes"])
    assert sum(map(int, cells)) == evaluation.confusion.sum()
    assert pages["classes"].count("<svg") == 5  # all together, and each class that has boxes


def test_names_are_escaped(pages):
    assert "dog &lt;b&gt;" in pages["classes"] and "&lt;i&gt;" in pages["examples"]
    assert not any("<b>" in page or "<i>" in page for page in pages.values())


def test_the_data_is_counted_in_boxes(given, pages):
    targets = given.splits.train.targets
    cats = int(((targets[:, 1:, 4] == 0) & (targets[:, 1:, 5] == 0)).sum())
    crowds = int((targets[:, 1:, 5] > 0).sum())
    assert re.search(rf"cat</th>(<td class=\"num\">{cats}</td>){{3}}", pages["data"])
    assert re.search(rf"don’t count</th>(<td class=\"num\">{crowds}</td>){{3}}", pages["data"])
    assert "64 x 64 pixels (letterbox)" in pages["data"]


def test_the_worst_images_come_with_their_boxes_and_what_was_found(given, pages):
    wrong = len(given.evaluation.mistakes())
    assert pages["examples"].count("<figure>") == min(wrong, 24)
    assert f"{min(wrong, 24)} of {wrong} images with something missed or wrong" in pages["examples"]


def test_a_box_says_whether_it_is_missed_and_a_detection_what_is_wrong():
    targets = targets_of([(0, 0, 100, 100, 0), (200, 200, 400, 400, 1), (500, 0, 600, 100, 0, 1)])
    found = found_of([(0, 0, 100, 100, 0.9, 0), (0, 0, 100, 100, 0.8, 0), (200, 200, 400, 400, 0.1, 1)])
    evaluation = reported(targets=targets, found=found).evaluation
    assert [(each.words, each.faint) for each in truth_marks(evaluation, 0)] == [
        ("cat", True), ("dog <b>, missed", False), ("cat, crowd", True)
    ]  # fmt: skip
    assert [(each.words, each.faint) for each in found_marks(evaluation, 0)] == [
        ("cat 0.90", True), ("cat 0.80, duplicate", False)
    ]  # fmt: skip
    # 640 x 480 in a letterbox of 64 pixels: a tenth, 8 pixels further down
    assert truth_marks(evaluation, 0)[1].corners == pytest.approx((20, 28, 40, 48))


def test_all_right_and_too_many_classes_are_said_too():
    targets = targets_of([(0, 0, 100, 100, 0)])
    right = reported(
        [f"class {k:02}" for k in range(40)], targets, found_of([(0, 0, 100, 100, 0.9, 0)]),
        calibration=BoxCalibration(note="not chosen: the validation split has 1 box, and 10 are needed"),
    )  # fmt: skip
    pages = pages_of(right)
    assert "All boxes are found" in pages["examples"] and 'class="matrix"' not in pages["classes"]
    assert "It was not chosen: the validation split has 1 box" in pages["result"]


def test_images_that_training_saw_are_named():
    given = reported()
    object.__setattr__(given.evaluation, "seen", Seen(3, 20))
    page = pages_of(given)["result"]
    assert "3 of 20 images were training" in page and "which training never saw" not in page
