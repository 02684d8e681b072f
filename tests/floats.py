"""Comparing answers in tests: how far apart they may be is derived, and not what one machine printed.

What is compared is also written down, for the table of `python -m tests.processors`.
"""

import json
import os

import numpy as np

from kerasft.contract.registry import task_of
from kerasft.networks.rounding import STANDARD_DEVIATIONS, moved_weights, rounding_limit
from kerasft.predicting.opening import predictor_of_run
from kerasft.runs.answering import given_to
from kerasft.targets.classes.agreement import log_distance as distance
from kerasft.training.history import Epoch

NOTES = "KERASFT_DIFFERENCES"  # a file of JSON lines


def assert_alike(kind, found, expected, limit):
    """Probabilities (n, classes) are those expected, but for the rounding of their logarithms.

    Args:
        kind: What is compared, in words, for the table.
        found: float32 (n, classes).
        expected: float32 (n, classes).
        limit: In nats, from `kerasft.networks.rounding.rounding_limit`.
    """
    found, expected = np.asarray(found, "float32"), np.asarray(expected, "float32")
    assert found.shape == expected.shape
    apart = distance(found, expected)
    note(kind, apart, limit, float(np.max(np.abs(found - expected), initial=0)))
    assert apart <= limit, f"{kind}: {apart:.2g} apart, and rounding explains {limit:.2g}"


def assert_same_answers(run, kind, found, expected, limit):
    """Answers (n, ...) of a run's task are those expected, but for rounding, as the task measures distances."""
    apart = task_of(run.model_config.task).targets.distance(found, expected, run.schema)
    note(kind, apart, limit)
    assert apart <= limit, f"{kind}: {apart:.2g} apart, and rounding explains {limit:.2g}"


def limit_of(run):
    """Returns how far apart programs of a run's model may be on its test split (see `kerasft.networks.rounding`)."""
    predictor, test = predictor_of_run(run), run.splits().test
    targets, schema = predictor.task.targets, predictor.schema
    return rounding_limit(
        predictor.model,
        given_to(predictor.model, predictor.encoder(test.examples)),
        lambda outputs: predictor.finish(outputs, predictor.calibration),
        lambda first, second: targets.distance(first, second, schema),
        lambda answers: targets.finishing_error(answers, schema),
    )


def rows_of(predictions):
    """Returns predictions that list all classes as probabilities (n, classes), in one order of the classes."""
    names = sorted(name for name, _ in predictions[0].top)
    return np.array([[dict(each.top)[name] for name in names] for each in predictions], "float32")


def assert_close(kind, found, expected, limit):
    """Arrays are those expected, within a limit: from `rounding.output_limit`, or with its reason beside it."""
    apart = float(np.max(np.abs(np.asarray(found, "float64") - np.asarray(expected, "float64")), initial=0))
    note(kind, apart, limit)
    assert apart <= limit, f"{kind}: {apart:.2g} apart, allowed {limit:.2g}"


def move(model):
    """Moves the weights of a model by what rounding does (see `kerasft.networks.rounding`)."""
    for weight, value in moved_weights(model, np.random.default_rng(0)):
        weight.assign(value)


def assert_same_training(kind, mine, theirs, moved):
    """Two trainings ended alike, but for the rounding that training magnifies.

    Adam makes a step of the same length of a small gradient as of a large one, and so of what rounding left of a
    gradient of nothing. How much comes of that is seen in a third training, whose weights were `move`d at the start.

    Args:
        kind: What is compared, in words, for the table.
        mine: Weights and the rows of history.
        theirs: The same of the other training.
        moved: The same of the third.
    """
    for what, one, other, third in zip(("weights", "history"), mine, theirs, moved, strict=True):
        one, other, third = (flat(each) for each in (one, other, third))
        assert_close(f"{kind}: {what}", one, other, STANDARD_DEVIATIONS * np.abs(third - other).max())


def flat(values):
    """Returns the numbers of a list of arrays or of a list of `Epoch`s in one row; seconds are left out."""
    rows = [
        [value for name, value in each.cells().items() if name != "seconds" and not isinstance(value, str)]
        if isinstance(each, Epoch)
        else each
        for each in values
    ]
    return np.concatenate([np.ravel(np.asarray(row, "float64")) for row in rows])


def note(kind, apart, limit, probability=None):
    """Writes a comparison down, if someone asks for it."""
    if NOTES in os.environ:
        values = {"kind": kind, "apart": apart, "limit": limit, "probability": probability}
        with open(os.environ[NOTES], "a", encoding="utf-8") as file:
            file.write(json.dumps(values) + "\n")
