"""The targets, on probabilities made by hand."""

import numpy as np
import pytest

from kerasft.exporting.gate import TARGETS, Target, allowed, missed


def probabilities(decisions, sure=0.9):
    rows = np.full((len(decisions), 3), (1 - sure) / 2, "float32")
    rows[np.arange(len(decisions)), decisions] = sure
    return rows


LABELS = np.arange(200) % 3


def test_the_targets_are_those_of_the_traps_list():
    assert TARGETS["saved_model"] == Target(difference=1e-5)
    assert TARGETS["float32"] == Target(difference=1e-4)
    assert TARGETS["float16"] == Target(difference=1e-2)
    assert TARGETS["dynamic"] == Target(agreement=0.99, accuracy_drop=0.01)
    assert TARGETS["int8"] == Target(agreement=0.97, accuracy_drop=0.01)


@pytest.mark.parametrize("rung", TARGETS)
def test_equal_answers_pass(rung):
    expected = probabilities(LABELS)
    assert missed(expected, expected, LABELS, TARGETS[rung]) == []


@pytest.mark.parametrize(("rung", "limit"), [("saved_model", 1e-5), ("float32", 1e-4), ("float16", 1e-2)])
def test_one_probability_too_far_fails(rung, limit):
    expected = probabilities(LABELS)
    for factor, passes in ((0.9, True), (1.1, False)):
        answers = expected.astype("float64").copy()
        answers[7, :2] += factor * limit, -factor * limit
        found = missed(answers, expected, LABELS, TARGETS[rung])
        assert found == ([] if passes else [f"largest difference {1.1 * limit:.2g}, allowed {limit:g}"])


@pytest.mark.parametrize("rung", TARGETS)
@pytest.mark.parametrize("value", (np.nan, np.inf))
def test_nan_and_infinity_fail_every_rung(rung, value):
    answers = probabilities(LABELS)
    answers[3, 1] = value
    assert missed(answers, probabilities(LABELS), LABELS, TARGETS[rung]) == [
        "it answers with NaN or infinity"
    ]


def test_probabilities_that_do_not_sum_to_one_fail():
    expected = probabilities(LABELS)
    (failure,) = missed(expected * 1.00005, expected, LABELS, TARGETS["float32"])
    assert failure == "probabilities sum to one only within 5e-05, allowed 1e-05"


@pytest.mark.parametrize(("rung", "most"), [("dynamic", 2), ("int8", 6)])
def test_agreement_counts_decisions_and_not_probabilities(rung, most):
    wrong = (LABELS + 1) % 3
    expected = probabilities(wrong)  # wrong everywhere: no accuracy to lose
    for differing in (most, most + 1):
        decisions = wrong.copy()
        decisions[:differing] = (decisions[:differing] + 1) % 3
        found = missed(probabilities(decisions, sure=0.4), expected, LABELS, TARGETS[rung])
        needed = TARGETS[rung].agreement
        agreement = f"agreement {1 - differing / 200:.4f}, needed {needed:g}"
        assert found == ([] if differing == most else [agreement])


def test_a_point_of_accuracy_may_be_lost_and_no_more():
    expected = probabilities(LABELS)
    for lost in (2, 3):
        decisions = LABELS.copy()
        decisions[:lost] = (decisions[:lost] + 1) % 3
        found = missed(probabilities(decisions), expected, LABELS, TARGETS["int8"])
        assert found == ([] if lost == 2 else ["accuracy 0.0150 lower, allowed 0.01"])


def test_better_than_keras_is_no_failure():
    expected = probabilities((LABELS + 1) % 3)
    target = Target(accuracy_drop=0.01)
    assert missed(probabilities(LABELS), expected, LABELS, target) == []


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
