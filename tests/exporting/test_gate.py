"""The targets, on probabilities made by hand."""

from collections import OrderedDict

import numpy as np
import pytest

from kerasft.base.statistics import softmax
from kerasft.exporting.gate import EXACT, TARGETS, Target, Yardstick, allowed
from kerasft.targets.boxes import suppression
from kerasft.targets.boxes.kind import BOXES
from kerasft.targets.boxes.schema import Boxes
from kerasft.targets.classes.agreement import sum_limit
from tests.programs import missed


def probabilities(decisions, sure=0.9):
    rows = np.full((len(decisions), 3), (1 - sure) / 2, "float32")
    rows[np.arange(len(decisions)), decisions] = sure
    return rows


LABELS = np.arange(200) % 3
ROUNDING = 2e-5  # of a model, in nats


def test_the_targets_are_those_of_the_traps_list():
    assert (
        TARGETS["saved_model"] == TARGETS["onnx"] == TARGETS["float32"] == Target(difference=1e-3, exact=True)
    )
    assert TARGETS["float16"] == Target(difference=1e-2)
    assert TARGETS["dynamic"] == Target(agreement=0.99, drop=0.01)
    assert TARGETS["int8"] == Target(agreement=0.97, drop=0.01)


@pytest.mark.parametrize("quantization", TARGETS)
def test_equal_answers_pass(quantization):
    expected = probabilities(LABELS)
    assert missed(expected, expected, LABELS, TARGETS[quantization], ROUNDING) == []


@pytest.mark.parametrize("factor", (0.9, 1.1))
def test_one_probability_too_far_fails_in_float16(factor):
    expected = probabilities(LABELS)
    answers = expected.astype("float64").copy()
    answers[7, :2] += factor * 1e-2, -factor * 1e-2
    found = missed(answers, expected, LABELS, TARGETS["float16"], ROUNDING)
    assert found == ([] if factor < 1 else ["largest difference 0.011, allowed 0.01"])


@pytest.mark.parametrize("quantization", ("saved_model", "onnx", "float32"))
@pytest.mark.parametrize("factor", (0.9, 1.1))
def test_more_than_rounding_fails_in_exact_files(quantization, factor):
    expected = probabilities(LABELS).astype("float64")
    expected /= expected.sum(axis=1, keepdims=True)
    answers = expected.copy()
    answers[7] *= np.exp([factor * ROUNDING, 0, 0])
    found = missed(
        answers / answers.sum(axis=1, keepdims=True), expected, LABELS, TARGETS[quantization], ROUNDING
    )
    said = "largest difference of a log probability 2.1e-05, and rounding explains 2e-05"
    assert found == ([] if factor < 1 else [said])


def test_where_a_model_is_sure_the_fault_is_in_the_logarithms():
    """A temperature that is 2 % wrong changes no probability by 1e-5, which was the limit once."""
    logits = np.eye(3)[LABELS] * 14
    expected, answers = softmax(logits), softmax(logits, 1.02)
    assert np.abs(answers - expected).max() < 1e-5
    (failure,) = missed(answers, expected, LABELS, EXACT, ROUNDING)
    assert failure == "largest difference of a log probability 0.27, and rounding explains 2e-05"


def test_a_model_that_rounding_moves_too_far_has_no_exact_file():
    expected = probabilities(LABELS)
    answers = expected.copy()
    answers[7, :2] += 2e-3, -2e-3
    assert missed(answers, expected, LABELS, EXACT, 1.0) == ["largest difference 0.002, allowed 0.001"]


@pytest.mark.parametrize("quantization", TARGETS)
@pytest.mark.parametrize("value", (np.nan, np.inf))
def test_nan_and_infinity_fail_every_quantization(quantization, value):
    answers = probabilities(LABELS)
    answers[3, 1] = value
    assert missed(answers, probabilities(LABELS), LABELS, TARGETS[quantization], ROUNDING) == [
        "it answers with NaN or infinity"
    ]


def test_probabilities_that_do_not_sum_to_one_fail():
    expected = probabilities(LABELS)
    (failure,) = missed(expected * 1.00005, expected, LABELS, TARGETS["float16"], ROUNDING)
    assert failure == "probabilities sum to one only within 5e-05, allowed 1e-06"
    assert sum_limit(3) == pytest.approx(1e-6, rel=0.05) and sum_limit(1000) == pytest.approx(
        6.4e-6, rel=0.01
    )


@pytest.mark.parametrize(("quantization", "most"), [("dynamic", 2), ("int8", 6)])
def test_agreement_counts_decisions_and_not_probabilities(quantization, most):
    wrong = (LABELS + 1) % 3
    expected = probabilities(wrong)  # wrong everywhere: no accuracy to lose
    for differing in (most, most + 1):
        decisions = wrong.copy()
        decisions[:differing] = (decisions[:differing] + 1) % 3
        found = missed(probabilities(decisions, sure=0.4), expected, LABELS, TARGETS[quantization], ROUNDING)
        needed = TARGETS[quantization].agreement
        agreement = f"agreement {1 - differing / 200:.4f}, needed {needed:g}"
        assert found == ([] if differing == most else [agreement])


def test_a_point_of_accuracy_may_be_lost_and_no_more():
    expected = probabilities(LABELS)
    for lost in (2, 3):
        decisions = LABELS.copy()
        decisions[:lost] = (decisions[:lost] + 1) % 3
        found = missed(probabilities(decisions), expected, LABELS, TARGETS["int8"], ROUNDING)
        assert found == ([] if lost == 2 else ["accuracy 0.0150 lower, allowed 0.01"])


def test_better_than_keras_is_no_failure():
    expected = probabilities((LABELS + 1) % 3)
    target = Target(drop=0.01)
    assert missed(probabilities(LABELS), expected, LABELS, target, ROUNDING) == []


@pytest.mark.parametrize(
    ("share", "pictures", "count"),
    [
        (0.03, 1, 1),
        (0.03, 20, 1),
        (0.03, 66, 1),
        (0.03, 67, 2),
        (0.03, 100, 3),
        (1 - 0.97, 100, 3),
        (0.01, 360, 3),
    ],
)
def test_one_picture_may_always_differ(share, pictures, count):
    assert allowed(share, pictures) == count


def scenes(counts):
    """Boxes of two classes on images of 64 pixels, so many on each: what is right, and answers that find it."""
    targets = np.zeros((len(counts), 5, 6), "float32")
    answers = np.zeros((len(counts), 4, 4 + 2), "float32")
    targets[:, :, 4], targets[:, 0] = -1, (0, 0, 64, 64, -2, 0)
    for image, count in enumerate(counts):
        for place in range(count):
            box = np.array([place * 0.25, 0.1, place * 0.25 + 0.2, 0.5])
            targets[image, 1 + place] = (*box * 64, place % 2, 0)
            answers[image, place, :4], answers[image, place, 4 + place % 2] = box, 0.9 - place / 100
    return targets, answers


def box_yardstick(counts):
    targets, answers = scenes(counts)
    ids = tuple(map(str, range(len(counts))))
    return Yardstick(BOXES, Boxes(("a", "b"), 64), answers, targets, ids, ROUNDING), answers


@pytest.mark.parametrize(
    ("lost", "said"),
    [
        ([], []),
        ([(0, 0)], []),  # one box of an image with four
        ([(9, 0)], []),  # the one box of an image
        ([(0, 0), (1, 0)], ["agreement 0.9714, needed 0.99 or one difference in all, and there are 2"]),
        (
            [(0, each) for each in range(4)],
            ["agreement 0.9000, needed 0.99 or one difference in all, and there are 4"],
        ),
    ],
)
def test_of_few_images_one_box_may_be_lost_and_not_all_of_an_image(lost, said):
    yardstick, answers = box_yardstick([4] * 9 + [1])
    for place in lost:
        answers = answers.copy()
        answers[place][4:] = 0
    assert yardstick.missed(answers, yardstick.evaluate(answers), Target(agreement=0.99)) == said


def test_a_box_that_is_of_another_class_is_one_difference():
    yardstick, answers = box_yardstick([4] * 10)
    other = answers.copy()
    other[0, 0, 4:] = other[0, 0, :3:-1]
    assert yardstick.missed(other, yardstick.evaluate(other), Target(agreement=0.99)) == []
    other[1, 0, 4:] = other[1, 0, :3:-1]
    assert yardstick.missed(other, yardstick.evaluate(other), Target(agreement=0.99)) != []


def test_where_examples_are_too_few_to_show_the_loss_a_remark_says_so():
    yardstick, _ = box_yardstick([2] * 10)
    assert yardstick.remark(TARGETS["int8"]) == (
        "on 10 examples AP50 may be 0.1 lower, which is what one is worth, and 100 would show 0.01"
    )
    assert yardstick.remark(TARGETS["float32"]) == "" == yardstick.remark(Target(drop=0.1))


def test_the_boxes_of_a_file_are_reduced_once_for_its_score_and_its_agreement(monkeypatch):
    yardstick, answers = box_yardstick([3] * 10)
    answers[:, :, :4] += np.arange(10)[:, None, None] / 10_000  # no two images alike
    other, calls = answers + np.float32(0.001), []
    other[..., 4:] = answers[..., 4:]
    monkeypatch.setattr(suppression, "_KEPT", OrderedDict())
    whole = suppression._suppressed
    monkeypatch.setattr(suppression, "_suppressed", lambda each: calls.append(each) or whole(each))
    yardstick.missed(other, yardstick.evaluate(other), TARGETS["int8"])
    assert yardstick.agreement(other) == 1 and len(calls) == 20, "ten of the run and ten of the file"
    kept = suppression.suppressed(other[0])
    kept[:] = 0  # what a caller does to it changes nothing
    np.testing.assert_array_equal(suppression.suppressed(other[0]), whole(other[0]))
