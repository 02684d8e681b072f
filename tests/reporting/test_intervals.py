"""The bootstrap against resampling done the slow way, and against what is known in closed form."""

import numpy as np
import pytest

from kerasft.evaluation import measure
from kerasft.reporting.intervals import Interval, bootstrap, highest_error_rate, share_draws


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
    monkeypatch.setattr("kerasft.reporting.intervals._VALUES_AT_ONCE", 7 * len(evaluation.labels))
    assert bootstrap(evaluation, 30) == whole


def test_a_share_is_drawn_binomially_and_no_mistakes_are_no_proof():
    draws = share_draws(30, 40, np.random.default_rng(0), 4000)
    assert draws.mean() == pytest.approx(0.75, abs=0.01)
    assert draws.std() == pytest.approx(np.sqrt(0.75 * 0.25 / 40), rel=0.05)
    assert Interval.of(0.75, draws).low < 0.65 < 0.85 < Interval.of(0.75, draws).high
    assert highest_error_rate(300) == pytest.approx(3 / 300, rel=0.01)  # the rule of three
