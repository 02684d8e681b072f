"""What numbers are trained by: squared, absolute or Huber losses of standard deviations, ranked in the data's unit."""

import numpy as np
import pytest

import kerasft
from kerasft.contract.registry import task_of
from kerasft.targets.numbers.kind import NUMBERS
from kerasft.targets.numbers.schema import Numbers

ONE = Numbers(("price",), (300.0,), (50.0,))
TWO = Numbers(("price", "area"), (300.0, -1.0), (50.0, 2.0))
ERRORS = np.array([[0.1, -0.5], [3.0, 0.0], [-8.0, 1.0]], "float32")


def huber(errors, delta):
    size = np.abs(errors)
    return np.where(size <= delta, size**2 / 2, delta * (size - delta / 2))


@pytest.mark.parametrize(
    "training, expected",
    [
        ({}, ERRORS**2),
        ({"loss": "mae"}, np.abs(ERRORS)),
        ({"loss": "huber"}, huber(ERRORS, 1)),
        ({"loss": "huber", "huber_delta": 2.5}, huber(ERRORS, 2.5)),
    ],
)
def test_the_loss_is_the_one_that_is_named(training, expected):
    objective = NUMBERS.learning.objective(TWO, kerasft.Training(**training))
    truth = np.ones_like(ERRORS)
    assert float(objective.loss(truth, truth + ERRORS)) == pytest.approx(expected.mean(), rel=1e-6)
    assert objective.chance == (1.0 if not training else None)


@pytest.mark.parametrize("schema, scale", [(ONE, 50.0), (TWO, 1.0)])
def test_epochs_are_ranked_by_the_absolute_error_whatever_the_loss(schema, scale):
    columns = ERRORS[:, : len(schema.numbers)]
    for loss in ("mse", "mae", "huber"):
        objective = NUMBERS.learning.objective(schema, kerasft.Training(loss=loss))
        (metric,) = objective.metrics
        metric.update_state(np.zeros_like(columns), columns)
        assert float(metric.result()) == pytest.approx(np.abs(columns).mean() * scale, rel=1e-6)
        (better,) = objective.better
        assert better.metric == metric.name and not better.higher


@pytest.mark.parametrize("name", ["image_classification", "text_classification", "image_multilabel"])
@pytest.mark.parametrize("change", [{"loss": "mae"}, {"huber_delta": 2.0}, {"coverage": 0.8}])
def test_what_only_numbers_have_is_refused_elsewhere(name, change):
    (problem,) = task_of(name).training_problems(kerasft.Training(**change))
    assert next(iter(change)).replace("_", " ") in problem.what and "leave out --" in problem.next_step


def test_what_only_classes_have_is_refused_of_numbers():
    given = kerasft.Training(label_smoothing=0.1, focal_gamma=2.0, class_weight="auto", loss="huber")
    said = [problem.next_step for problem in task_of("image_regression").training_problems(given)]
    assert said == ["leave out --label-smoothing", "leave out --focal-gamma", "leave out --class-weight"]
