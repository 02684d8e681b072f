"""Temperature, calibration error and the threshold for "unknown", against sums made another way."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from kerasft.base.errors import InputError
from kerasft.base.statistics import softmax
from kerasft.runs.calibration import calibration_of, keep_calibration
from kerasft.targets.classes.calibration import Calibration, calibrate, calibration_error, fit_temperature
from kerasft.targets.classes.unknowns import choose_threshold, measure_threshold


def made_with(temperature, count=4000, seed=0):
    """Logits whose labels were drawn from their own softmax at a temperature: the right one is known."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 3, (count, 4))
    chances = softmax(logits, temperature).astype("float64")
    labels = np.array([rng.choice(4, p=row / row.sum()) for row in chances])
    return logits, labels


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_the_temperature_of_the_labels_is_found(temperature):
    assert fit_temperature(*made_with(temperature)) == pytest.approx(temperature, rel=0.06)


def test_it_is_the_lowest_of_a_grid():
    logits, labels = made_with(2.0, count=300)
    found = fit_temperature(logits, labels)

    def loss(temperature):
        targets = np.full(logits.shape, 1 / 302 / 3)
        targets[np.arange(300), labels] = 301 / 302
        return -(targets * np.log(softmax(logits, temperature).astype("float64"))).sum()

    assert loss(found) <= min(loss(each) for each in np.linspace(0.5, 5, 200)) + 1e-3


def test_where_all_are_right_it_does_not_run_away():
    logits = np.eye(3)[np.arange(60) % 3] * 2.0
    found = fit_temperature(logits, np.arange(60) % 3)
    probability = softmax(logits, found).max()
    assert probability == pytest.approx(61 / 62, abs=1e-3)  # Platt's target for 60 examples


def test_no_decision_changes():
    logits, _ = made_with(1.0, count=50)
    assert (softmax(logits, 0.3).argmax(1) == softmax(logits, 7.0).argmax(1)).all()


def test_few_examples_are_not_fitted():
    found = calibrate(np.eye(3)[:2].repeat(10, 0), np.zeros(20, int))
    assert found.temperature == 1 and found.ece_before is None
    assert found.note == "not fitted: the validation split has 20 examples, and 50 are needed"


def test_calibrating_brings_the_error_down():
    found = calibrate(*made_with(3.0))
    assert found.ece_before > 0.1 > 0.03 > found.ece_after
    assert found.examples == 4000 and found.note == ""


def test_the_calibration_error_by_hand():
    probabilities = np.array([[0.97, 0.03], [0.94, 0.06], [0.6, 0.4], [0.58, 0.42]], "float32")
    labels = np.array([0, 1, 0, 0])
    # bins of 15: two at 0.933..1 (mean 0.955, half right), one at 0.6..0.667, one at 0.533..0.6
    assert calibration_error(probabilities, labels) == pytest.approx(
        (2 * abs(0.955 - 0.5) + abs(0.6 - 1) + abs(0.58 - 1)) / 4
    )
    assert calibration_error(np.array([[1.0, 0.0]]), np.array([0])) == 0


def run_of(folder, weights):
    """What a calibration needs of a run."""
    config = SimpleNamespace(task="image_classification")
    return SimpleNamespace(
        run_dir=folder, model_config=config, weights="best", result={"weights": {"best": {"sha256": weights}}}
    )


def test_it_is_kept_for_the_weights_it_was_fitted_for(tmp_path):
    first, second = Calibration(1.5, 100, 0.1, 0.01), Calibration(note="too few")
    keep_calibration(run_of(tmp_path, "a"), first)
    keep_calibration(run_of(tmp_path, "b"), second)
    assert calibration_of(run_of(tmp_path, "a")) == first
    assert calibration_of(run_of(tmp_path, "b")) == second
    assert calibration_of(run_of(tmp_path, "c")) is None
    assert calibration_of(run_of(tmp_path / "none", "a")) is None


@pytest.mark.parametrize(
    "values", ["no json", "[]", '{"a": 3}', '{"a": {"temperature": 0}}', '{"a": {"temperature": "hot"}}',
               '{"a": {"temperature": NaN}}', '{"a": {"heat": 1}}', '{"a": {"temperature": true}}', '{"a": [1]}',
               '{"a": {"temperature": 1.5, "note": []}}', '{"a": {"temperature": 1e999}}']
)  # fmt: skip
def test_a_damaged_file_is_refused(values, tmp_path):
    """Without it, the probabilities would be other ones, and nobody would know."""
    (tmp_path / "calibration.json").write_text(values)
    with pytest.raises(InputError, match="the run's calibration.json can't be read: .*or remove it"):
        calibration_of(run_of(tmp_path, "a"))
    keep_calibration(run_of(tmp_path, "a"), Calibration(2.0))
    assert calibration_of(run_of(tmp_path, "a")).temperature == 2


def rows(confidences, right):
    """Two classes; the first is the true one where `right`."""
    first = np.where(right, confidences, 1 - np.array(confidences))
    return np.stack([first, 1 - first], axis=1), np.zeros(len(confidences), int)


def test_the_threshold_is_the_lowest_that_is_right_often_enough():
    probabilities, labels = rows([0.99, 0.9, 0.8, 0.7, 0.6], [True, True, False, True, False])
    assert choose_threshold(probabilities, labels, 1.0) == pytest.approx(0.85)
    assert choose_threshold(probabilities, labels, 0.75) == pytest.approx(0.65)
    assert choose_threshold(probabilities, labels, 0.6) == 0
    assert choose_threshold(*rows([0.9, 0.8], [False, False]), 0.5) is None


def test_equals_are_never_parted():
    probabilities, labels = rows([0.9, 0.8, 0.8, 0.7], [True, True, False, False])
    assert choose_threshold(probabilities, labels, 1.0) == pytest.approx(0.85)


def test_what_it_does_is_measured_elsewhere():
    probabilities, labels = rows([0.99, 0.9, 0.8, 0.6], [True, False, True, True])
    found = measure_threshold(probabilities, labels, 0.75, 0.95, "test")
    assert (found.coverage, found.answered) == (0.75, 3) and found.precision == pytest.approx(2 / 3)
    assert str(found) == (
        "'unknown' below 0.7500: 75.0% of the test split is answered, 0.6667 of them right (wanted: 0.95)"
    )
    nothing = measure_threshold(probabilities, labels, 1.0, 0.95, "test")
    assert nothing.precision is None and json.dumps(nothing.as_dict())
