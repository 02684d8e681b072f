"""From a curve to a rate, on curves whose answer is known."""

import numpy as np
import pytest

from kerasft.training.learning_rates.suggestion import suggest

RATES = np.geomspace(1e-6, 1.0, 120)
START = 2.0


def curve(steepest, edge, noise=0.0, fall=1.5):
    """A loss that falls along a logistic curve, steepest at a rate, and explodes at another; batches differ."""
    decades = np.log10(RATES)
    change = -fall / (1 + np.exp(-(decades - np.log10(steepest)) * 5))
    change += np.exp((decades - np.log10(edge)) * 6)
    rng = np.random.default_rng(0)
    before = START + rng.normal(0, 0.5, len(RATES))  # how hard each batch is
    return before + change + rng.normal(0, noise, len(RATES)), before


def test_it_takes_the_steepest_place_between_the_two_tenths():
    losses, before = curve(steepest=1e-3, edge=1e-2)
    found = suggest("head", RATES, losses, before, 1e-3)
    assert found.usable and found.how == "steepest descent"
    assert found.suggestion == pytest.approx(1e-3, rel=0.25)
    assert found.marks["a tenth of the lowest loss"] < found.suggestion < 2e-3


def test_a_tenth_of_the_divergence_is_the_most():
    losses, before = curve(steepest=5e-3, edge=1.2e-2)
    found = suggest("head", RATES, losses, before, 1e-3)
    assert found.how == "a tenth of the divergence"
    assert found.suggestion == pytest.approx(1.2e-3, rel=0.3)


def test_a_tenth_of_the_lowest_loss_is_the_least():
    losses, before = curve(steepest=1e-4, edge=0.5)
    losses -= 0.1 * np.clip(np.log10(RATES) + 4, 0, None)  # goes on falling, gently
    found = suggest("head", RATES, losses, before, 1e-2)
    assert found.how == "a tenth of the lowest loss"
    fallen = found.smoothed - before.mean()
    first = np.argmax(fallen <= 0.95 * fallen.min())  # as good as the lowest
    assert first < fallen.argmin() and found.suggestion == pytest.approx(RATES[first] / 10, rel=0.01)


def test_where_all_is_learned_the_noise_at_the_bottom_does_not_count():
    rng = np.random.default_rng(3)
    losses = START / (1 + np.exp((np.log10(RATES) + 4) * 5)) + rng.normal(0, 0.003, 120)
    found = suggest("tune", RATES, losses, np.full(120, START), 3e-4)
    assert found.suggestion == pytest.approx(1e-4, rel=0.3) and found.smoothed.min() >= 0


def test_the_batches_own_differences_do_not_matter():
    one = suggest("tune", RATES, *curve(1e-3, 1e-1), 1e-3)
    losses, before = curve(1e-3, 1e-1)
    other = suggest("tune", RATES, losses - before + before.mean(), np.full(len(RATES), before.mean()), 1e-3)
    np.testing.assert_allclose(one.smoothed - one.smoothed[0], other.smoothed - other.smoothed[0], atol=1e-9)
    assert one.suggestion == other.suggestion


def test_noise_moves_it_little():
    losses, before = curve(1e-3, 1e-1, noise=0.15)
    assert suggest("head", RATES, losses, before, 1e-3).suggestion == pytest.approx(1e-3, rel=1.0)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (np.zeros(120), "the loss never falls clearly below the 2 of the start"),
        (np.geomspace(1e-3, 5, 120), "the loss never falls"),
        (np.random.default_rng(1).normal(0, 0.3, 120), "the loss never falls"),
        (np.full(120, np.nan), "the loss is not finite from the start"),
        (np.where(np.arange(120) < 4, -0.1, np.inf), "only 4 steps have a finite loss"),
    ],
)
def test_a_curve_that_says_nothing_gives_the_default_and_the_reason(change, why):
    found = suggest("head", RATES, START + change, np.full(120, START), 4e-4)
    assert not found.usable and found.suggestion == 4e-4 and found.marks == {}
    assert found.how.startswith("the default, since ") and why in found.how


def test_a_loss_near_zero_says_nothing():
    """After a head that has learned all, any rate looks good."""
    losses, before = curve(1e-3, 1e-1)
    found = suggest("tune", RATES, losses / 1000, before / 1000, 3e-4)
    assert not found.usable and found.suggestion == 3e-4


def test_it_stays_near_the_default():
    losses, before = curve(steepest=1e-1, edge=1.0)
    found = suggest("tune", RATES, losses, before, 1e-5)
    assert found.suggestion == pytest.approx(3e-4) and "kept within 30 times the default 1e-05" in found.how


def test_a_sweep_that_ended_in_nan_keeps_what_came_before():
    losses, before = curve(1e-3, 1e-1)
    losses[100:] = np.nan
    found = suggest("head", RATES, losses, before, 1e-3)
    assert found.usable and found.marks["a tenth of the divergence"] <= RATES[100] / 10
    values = found.as_dict()
    assert values["losses"][100] is None and values["smoothed"][99] is not None
    assert f"suggestion: {found.suggestion:.2g}" in str(found)
