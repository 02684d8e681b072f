"""The statistics against values worked out another way."""

import numpy as np
import pytest
from scipy.stats import permutation_test

from kerasft.base.shares import wilson
from kerasft.base.statistics import Interval, compare_pair, holm
from kerasft.comparing.artifacts import names_of
from kerasft.comparing.results import Difference


def rights(both, only_first, only_second, neither):
    first = np.repeat([True, True, False, False], [both, only_first, only_second, neither])
    second = np.repeat([True, False, True, False], [both, only_first, only_second, neither])
    return first, second


@pytest.mark.parametrize(
    ("only_first", "only_second", "p_value"),
    [
        (0, 6, 2 / 64),  # 2 * C(6, 0) / 2**6
        (1, 6, 2 * (1 + 7) / 128),  # 2 * (C(7, 0) + C(7, 1)) / 2**7
        (8, 2, 2 * (1 + 10 + 45) / 1024),
        (3, 3, 1.0),
        (0, 0, 1.0),
    ],
)
def test_mcnemar_by_hand(only_first, only_second, p_value):
    pair = compare_pair(*rights(50, only_first, only_second, 7))
    assert (pair.only_first, pair.only_second) == (only_first, only_second)
    assert pair.p_value == pytest.approx(p_value, rel=1e-12)
    assert pair.difference == pytest.approx((only_first - only_second) / (57 + only_first + only_second))


def test_the_bootstrap_is_that_of_drawing_examples():
    """The multinomial draws against resamples of the rows themselves."""
    first, second = rights(150, 21, 9, 20)
    pair = compare_pair(first, second, resamples=20_000)
    rows = np.random.default_rng(5).integers(0, 200, (20_000, 200))
    draws = first[rows].mean(axis=1) - second[rows].mean(axis=1)
    low, high = np.percentile(draws, [2.5, 97.5])
    assert pair.low == pytest.approx(low, abs=0.006) and pair.high == pytest.approx(high, abs=0.006)
    assert pair.low < 0.06 < pair.high


def test_the_interval_holds_the_true_difference_as_often_as_it_says():
    rng, true, held = np.random.default_rng(0), 0.06, 0
    for seed in range(600):
        kind = rng.choice(4, size=300, p=[0.75, 0.10, 0.04, 0.11])
        pair = compare_pair((kind == 0) | (kind == 1), (kind == 0) | (kind == 2), resamples=1000, seed=seed)
        held += pair.low <= true <= pair.high
    assert 0.92 < held / 600 < 0.98


def test_equal_models_are_called_different_in_at_most_one_of_twenty():
    rng, called = np.random.default_rng(1), 0
    for _ in range(600):
        kind = rng.choice(4, size=200, p=[0.8, 0.07, 0.07, 0.06])
        pair = compare_pair((kind == 0) | (kind == 1), (kind == 0) | (kind == 2), resamples=10)
        called += pair.p_value < 0.05
    assert called / 600 < 0.05


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.2, 0.9, 0.5]) == pytest.approx([0.6, 1.0, 1.0])
    assert holm([0.04]) == [0.04]


def test_wilson_by_hand():
    z, n, k = 1.959963984540054, 50, 45
    centre = (k / n + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(k / n * (1 - k / n) / n + z**2 / (4 * n**2))
    assert wilson(k, n) == pytest.approx((centre - half, centre + half))
    low, high = wilson(50, 50)
    assert low == pytest.approx(50 / (50 + z**2)) and high == 1.0


@pytest.mark.parametrize(
    ("counts", "p", "words"),
    [
        ((80, 12, 2, 6), 0.013, "a is better than b: the difference is real (p = 0.013)"),
        ((80, 2, 12, 6), 0.013, "b is better than a: the difference is real"),
        ((80, 6, 4, 10), 0.75, "a and b can't be told apart with 100 examples (p = 0.75)"),
        ((90, 0, 0, 10), 1.0, "a and b have the same 100 examples right and wrong"),
    ],
)
def test_the_words(counts, p, words):
    assert words in str(Difference("a", "b", compare_pair(*rights(*counts)), p, 100))


def test_scores_that_are_no_shares_have_a_permutation_test():
    rng = np.random.default_rng(0)
    first = rng.normal(0, 1, 40)
    second = first + rng.normal(0.1, 0.5, 40)
    expected = permutation_test(
        (first, second), lambda a, b, axis: (a - b).mean(axis), permutation_type="samples",
        n_resamples=20_000, vectorized=True, rng=1,
    )  # fmt: skip
    pair = compare_pair(first, second, resamples=20_000)
    assert pair.p_value == pytest.approx(expected.pvalue, abs=0.003) and 0 < pair.p_value < 0.02
    half = 1.96 * (first - second).std() / np.sqrt(40)
    assert (pair.low, pair.high) == pytest.approx((pair.difference - half, pair.difference + half), abs=0.03)
    assert pair.only_first == (first > second).sum() == 40 - pair.only_second
    assert compare_pair(first, first, 10).p_value == 1.0


def test_of_right_and_wrong_the_permutation_test_is_mcnemars():
    first, second = (each.astype(float) for each in rights(30, 3, 11, 4))
    exact = compare_pair(first, second)
    drawn = compare_pair(2 * first, 2 * second, resamples=20_000)
    assert drawn.p_value == pytest.approx(exact.p_value, abs=0.01)
    assert drawn.difference == 2 * exact.difference
    assert drawn.low == pytest.approx(2 * exact.low, abs=0.05)


def test_a_mean_has_the_interval_of_resampling():
    values = np.random.default_rng(0).normal(3, 1, 400)
    found = Interval.of_mean(values)
    assert found.value == values.mean()
    assert (found.low, found.high) == pytest.approx((found.value - 0.098, found.value + 0.098), abs=0.02)


def test_names_are_the_shortest_that_differ():
    assert names_of(["runs/a", "runs/b/"]) == ["a", "b"]
    assert names_of(["runs/a/exports/m.tflite", "runs/b/exports/m.tflite"]) == [
        "a/exports/m.tflite", "b/exports/m.tflite"
    ]  # fmt: skip
    assert names_of(["a", "a"]) == ["a", "a (2)"]


def test_groups_that_are_right_or_wrong_together_do_not_make_a_difference_real():
    rng, found = np.random.default_rng(0), {"units": 0, "examples": 0}
    patients = np.repeat(np.arange(20), 10)
    for _ in range(200):
        first, second = (rng.random((2, 20)) < 0.7)[:, patients]
        found["examples"] += compare_pair(first, second, resamples=200).p_value < 0.05
        found["units"] += compare_pair(first, second, resamples=200, units=patients).p_value < 0.05
    assert found["units"] <= 20 and found["examples"] > 60  # of 200, where 10 are due


def test_units_of_one_example_each_compare_as_examples_do():
    first, second = np.random.default_rng(0).random((2, 50))
    assert compare_pair(first, second, 500) == compare_pair(first, second, 500, units=7 + np.arange(50))
