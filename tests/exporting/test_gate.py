"""The targets, on probabilities made by hand."""

import numpy as np
import pytest

from kerasft.base.statistics import softmax
from kerasft.exporting.gate import EXACT, TARGETS, Target, allowed
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
