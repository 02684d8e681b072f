"""Intervals against resampling done the slow way, and against what is known in closed form."""

import numpy as np
import pytest

from kerasft.base.shares import wilson
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
