"""What ranks epochs where classes are unequal: not the accuracy, which is high where a rare class is never answered."""

import keras
import numpy as np
import pytest

import kerasft
from kerasft.base.statistics import softmax
from kerasft.contract.plan import Training
from kerasft.targets.classes.kind import CLASSES
from kerasft.targets.classes.metrics import BalancedLogLoss, TwoClassCurve
from kerasft.targets.classes.schema import Classes
from kerasft.training.callbacks import KeepBest


def fed(metric, labels, logits, batch=7):
    rows = np.eye(logits.shape[1], dtype="float32")[labels]
    for start in range(0, len(labels), batch):
        metric.update_state(rows[start : start + batch], logits[start : start + batch])
    return float(keras.ops.convert_to_numpy(metric.result()))


def unequal(classes, count=200, seed=0):
    rng = np.random.default_rng(seed)
    labels = np.minimum(rng.geometric(0.7, count) - 1, classes - 1)
    logits = rng.normal(0, 1, (count, classes)) + 1.5 * np.eye(classes)[labels] - 2 * np.arange(classes)
    return labels, logits.astype("float32")


def test_classes_count_alike_in_the_log_loss_as_weights_of_scikit_learn_make_them():
    from sklearn.metrics import log_loss
    from sklearn.utils.class_weight import compute_sample_weight

    labels, logits = unequal(3)
    probabilities = softmax(logits).astype("float64")
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    weights = compute_sample_weight("balanced", labels)
    metric = BalancedLogLoss(3)
    assert fed(metric, labels, logits) == pytest.approx(
        log_loss(labels, probabilities, sample_weight=weights), rel=1e-5
    )
    metric.reset_state()
    absent = fed(metric, labels[labels < 2], logits[labels < 2])
    own = [-np.log(probabilities[labels == each, each]).mean() for each in range(2)]
    assert absent == pytest.approx(np.mean(own), rel=1e-5)


def test_the_curve_is_that_of_scikit_learn_also_where_all_probabilities_are_small_and_of_either_class():
    from sklearn.metrics import roc_auc_score

    labels, logits = unequal(2)
    logits = np.round(np.clip(logits, -2, 2), 1) + np.array([0, 0.02], "float32")  # none lies on a threshold
    expected = roc_auc_score(labels, np.round(logits[:, 1] - logits[:, 0], 2))
    assert 0.7 < expected < 0.95 and logits[:, 1].mean() < logits[:, 0].mean()
    for shift in (0.0, 4.0):
        moved = logits + np.array([shift, 0], "float32")
        assert fed(TwoClassCurve(), labels, moved) == pytest.approx(expected, abs=1e-6)
    assert fed(TwoClassCurve(), 1 - labels, logits[:, ::-1]) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("settings", "classes", "metrics"),
    [
        ({}, 2, ["accuracy", "log_loss"]),
        ({"focal_gamma": 2.0}, 3, ["accuracy", "log_loss"]),
        ({"class_weight": "auto"}, 3, ["balanced_log_loss"]),
        ({"class_weight": "oversample"}, 3, ["balanced_log_loss"]),
        ({"threshold_for": "f1"}, 2, ["roc_auc", "log_loss"]),
        ({"threshold_for": "f1", "class_weight": "auto"}, 2, ["roc_auc", "balanced_log_loss"]),
    ],
)
def test_what_was_asked_for_ranks_the_epochs(settings, classes, metrics):
    objective = CLASSES.learning.objective(Classes(tuple("abc"[:classes])), Training(**settings))
    assert [each.metric for each in objective.better] == metrics
    assert {"accuracy", "log_loss", *metrics} == {each.name for each in objective.metrics}


def scripted(accuracy, log_loss, balanced, curve):
    return {
        "val_accuracy": accuracy,
        "val_log_loss": log_loss,
        "val_balanced_log_loss": balanced,
        "val_roc_auc": curve,
    }


@pytest.mark.parametrize(
    ("settings", "best", "ended"),
    [
        ({}, 1, 3),
        ({"class_weight": "auto"}, 4, None),
        ({"class_weight": "oversample"}, 4, None),
        ({"threshold_for": "balanced_accuracy"}, 3, None),
    ],
)
def test_an_epoch_that_never_answers_the_rare_class_neither_wins_nor_ends_the_phase(settings, best, ended):
    schema = Classes(("common", "rare"))
    model = kerasft.build_model(
        "image_classification", schema=schema, backbone="starter", image_size=16, weights=None
    )
    keep = KeepBest(2, model, CLASSES.learning.objective(schema, Training(**settings)))
    keep.set_model(model)
    model.stop_training = False
    epochs = [
        scripted(0.94, 0.30, 1.40, 0.50),  # all are common
        scripted(0.90, 0.28, 0.90, 0.70),
        scripted(0.91, 0.26, 0.70, 0.86),
        scripted(0.93, 0.20, 0.60, 0.85),
    ]
    stopped = None
    for number, logs in enumerate(epochs):
        keep.on_epoch_end(number, logs)
        if model.stop_training and stopped is None:
            stopped = number + 1
    assert (keep.epoch, stopped) == (best, ended)
