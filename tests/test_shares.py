"""One interval for one share, everywhere, and one log loss."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest

from kerasft.base.shares import wilson
from kerasft.base.statistics import Interval
from kerasft.contract.units import Units
from kerasft.exporting.gate import Yardstick
from kerasft.targets.classes.calibration import log_loss
from kerasft.targets.classes.intervals import bootstrap
from kerasft.targets.classes.kind import CLASSES
from kerasft.targets.classes.measuring import measure
from kerasft.targets.classes.schema import Classes


@pytest.mark.parametrize(("right", "count"), [(0, 1), (36, 36), (70, 132), (1, 300), (265, 269)])
def test_wilson_is_that_of_scipy(right, count):
    expected = binomtest(right, count).proportion_ci(0.95, method="wilson")
    assert wilson(right, count) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_one_accuracy_has_one_interval_in_report_card_compare_and_evaluate():
    labels = np.zeros(36, int)
    probabilities = np.tile([0.9, 0.1], (36, 1)).astype("float32")
    found = measure(labels, probabilities, ["a", "b"])
    shown = bootstrap(found, 10)["accuracy"]
    compared = Interval.of_mean(found.per_example)
    gate = Yardstick(
        CLASSES, Classes(("a", "b")), probabilities, labels, found.ids, 0.0
    )  # whose the card shows
    card = gate.evaluate(probabilities).interval
    assert found.interval == (shown.low, shown.high) == card == (compared.low, compared.high)
    together = Units("patient", np.arange(36) // 3)
    drawn = replace(found, units=together)
    (low, high), of_groups = drawn.interval, bootstrap(drawn, 10)["accuracy"]
    assert (low, high) == (of_groups.low, of_groups.high) == wilson(12, 12)
    assert replace(gate, units=together).evaluate(probabilities).interval == (low, high)
    assert found.interval[0] == pytest.approx(0.9036, abs=1e-4) and found.interval[1] == 1.0
    assert found.as_dict()["accuracy_interval"] == list(found.interval)
    assert "1.0000  (95 %: 0.9036 to 1.0000)" in str(found)


def test_the_difference_of_two_shares_by_the_book():
    # Newcombe 1998, table II, example (a), method 10
    first, second = Interval.of_share(56, 70).minus(Interval.of_share(48, 80)), Interval(0.2, 0.0524, 0.3339)
    assert vars(first) == pytest.approx(vars(second), abs=1e-4)
    width = Interval.of_share(10, 10).minus(Interval.of_share(20, 20))
    assert (width.low, width.high) == pytest.approx((-0.2775, 0.1611), abs=1e-4)  # (f): a width


def test_a_file_has_one_log_loss():
    # an int8 file's rows: 256ths that do not sum to 1, and a 0.0 for the right class
    rows = np.array([[250, 4, 1], [0, 255, 0], [100, 90, 60]], "float32") / 256
    labels = np.array([0, 0, 2])
    by_hand = -np.log([250 / 255, 1e-7 / (255 / 256 + 2e-7), 60 / 250]).mean()
    assert log_loss(rows, labels) == pytest.approx(by_hand)
    assert measure(labels, rows, ["a", "b", "c"]).log_loss == log_loss(rows, labels)
