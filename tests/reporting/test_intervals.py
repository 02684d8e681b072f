"""Intervals against resampling done the slow way, and against what is known in closed form."""

from dataclasses import replace

import numpy as np
import pytest

from kerasft.base.shares import wilson
from kerasft.base.statistics import Interval, resampled_units
from kerasft.contract.units import Units
from kerasft.targets.classes.intervals import bootstrap
from kerasft.targets.classes.measuring import measure


@pytest.fixture(scope="module")
def evaluation(made_up):
    return made_up.answers(made_up.picture_splits([f"class {i}" for i in range(7)], tests=90), right=0.7)


def test_each_metric_is_what_measure_gives_for_the_drawn_rows(evaluation):
    resamples, count = 40, len(evaluation.labels)
    found = bootstrap(evaluation, resamples, seed=3)
    draws = np.random.default_rng(3).integers(0, count, (resamples, count))
    slow = [measure(evaluation.labels[r], evaluation.probabilities[r], evaluation.class_names) for r in draws]
    values = {
        "accuracy": [each.accuracy for each in slow],
        "log_loss": [each.log_loss for each in slow],
        "top5": [each.top5 for each in slow],
        "macro_f1": [each.macro.f1 for each in slow],
    }
    assert set(found) == set(values)
    for name, expected in values.items():
        low, high = np.percentile(expected, [2.5, 97.5])
        if name in ("accuracy", "top5"):  # shares: Wilson's, and close to what drawing gives
            low, high = wilson(round(getattr(evaluation, name) * count), count)
            assert np.percentile(expected, [2.5, 97.5]) == pytest.approx((low, high), abs=0.05)
        assert (found[name].low, found[name].high) == pytest.approx((low, high), abs=1e-6), name
    assert found["accuracy"].value == evaluation.accuracy
    assert found["macro_f1"].value == evaluation.macro.f1


def test_the_interval_has_the_width_of_the_normal_approximation(made_up):
    evaluation = made_up.answers(made_up.picture_splits(["a", "b"], tests=2000), right=0.8)
    found, p = bootstrap(evaluation)["accuracy"], evaluation.accuracy
    half = 1.96 * np.sqrt(p * (1 - p) / 2000)
    assert (found.low, found.high) == pytest.approx((p - half, p + half), abs=0.1 * half)


def test_equal_seeds_give_equal_intervals_and_few_classes_no_top5(made_up):
    evaluation = made_up.answers(made_up.picture_splits(["a", "b"]))
    assert bootstrap(evaluation, seed=1) == bootstrap(evaluation, seed=1) != bootstrap(evaluation, seed=2)
    assert set(bootstrap(evaluation, 5)) == {"accuracy", "log_loss", "macro_f1"}


def test_drawing_in_pieces_changes_nothing(evaluation, monkeypatch):
    whole = bootstrap(evaluation, 30)
    monkeypatch.setattr("kerasft.base.statistics._VALUES_AT_ONCE", 7 * len(evaluation.labels))
    assert bootstrap(evaluation, 30) == whole


def test_no_mistake_is_no_proof(made_up):
    evaluation = made_up.answers(made_up.picture_splits(["a", "b"], tests=36), right=1.0)
    found = bootstrap(evaluation)["accuracy"]
    count = len(evaluation.labels)
    assert found.value == 1.0 == found.high and found.low == pytest.approx(
        count / (count + 1.95996**2), abs=1e-4
    )


def in_units(rng, units, of_each, share=0.8, spread=0.25):
    """Right or wrong of units with shares of their own, and the unit of each example."""
    shares = np.clip(rng.normal(share, spread, units), 0, 1)
    numbers = np.repeat(np.arange(units), of_each)
    return (rng.random(len(numbers)) < shares[numbers]).astype("float64"), numbers


def test_units_are_drawn_whole():
    units = np.array([2, 0, 0, 2, 1, 2])
    for rows in resampled_units(units, 20, seed=1):
        counts = np.bincount(rows[0], minlength=6)
        assert counts[1] == counts[2] and counts[0] == counts[3] == counts[5]
        assert counts[1] + counts[4] + counts[0] == 3  # as many as there are


def test_an_interval_that_draws_units_holds_the_truth_as_often_as_it_says_and_one_of_examples_does_not():
    rng, held = np.random.default_rng(0), {"units": 0, "examples": 0}
    truth = np.clip(np.random.default_rng(1).normal(0.8, 0.25, 1_000_000), 0, 1).mean()
    for _ in range(300):
        right, units = in_units(rng, 40, 15)
        for name, found in (
            ("units", Interval.of_mean(right, 500, units=units)),
            ("examples", Interval.of_mean(right)),
        ):
            held[name] += found.low <= truth <= found.high
    assert 0.90 < held["units"] / 300 < 0.98
    assert held["examples"] / 300 < 0.75


def test_every_metric_draws_units(made_up):
    evaluation = made_up.answers(
        made_up.picture_splits([f"class {i}" for i in range(7)], tests=90), right=0.7
    )
    units = np.arange(90) // 3
    found = bootstrap(replace(evaluation, units=Units("patient", units)), 60, seed=3)
    draws = np.random.default_rng(3).integers(0, 30, (60, 30))
    slow = []
    for drawn in draws:
        rows = (3 * drawn[:, None] + np.arange(3)).ravel()
        slow.append(measure(evaluation.labels[rows], evaluation.probabilities[rows], evaluation.class_names))
    values = {
        "accuracy": [each.accuracy for each in slow],
        "log_loss": [each.log_loss for each in slow],
        "top5": [each.top5 for each in slow],
        "macro_f1": [each.macro.f1 for each in slow],
    }
    for name, expected in values.items():
        low, high = np.percentile(expected, [2.5, 97.5])
        assert (found[name].low, found[name].high) == pytest.approx((low, high), abs=1e-6), name


def test_units_of_one_example_each_are_examples(made_up):
    evaluation = made_up.answers(made_up.picture_splits(["a", "b"], tests=400), right=0.8)
    plain, alone = bootstrap(evaluation), bootstrap(replace(evaluation, units=Units("", np.arange(400))))
    for name in plain:
        ends = plain[name].low, plain[name].high
        assert (alone[name].low, alone[name].high) == pytest.approx(ends, abs=0.02)


def test_no_mistake_in_few_units_says_little():
    found = Interval.of_mean(np.ones(300), units=np.arange(300) // 100)
    assert (found.value, found.high) == (1, 1) and found.low == wilson(3, 3)[0]
