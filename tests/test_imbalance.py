"""Unequal classes: drawn alike, and, of two, a threshold that is chosen and then decides in every file."""

import dataclasses
import json

import numpy as np
import pytest

import kerasft
from kerasft.base.errors import InputError
from kerasft.base.statistics import softmax
from kerasft.base.thresholds import balanced_accuracies, f1_scores
from kerasft.contract.registry import task_of
from kerasft.data.batches import Batches
from kerasft.inputs.images.splits import ImageReading, ImageSplit, ImageSplits
from kerasft.predicting.opening import as_predictor, predictor_of_file
from kerasft.reporting.facts import Facts
from kerasft.targets.classes.calibration import Calibration, read_calibration
from kerasft.targets.classes.encoding import even_draw, one_hot
from kerasft.targets.classes.kind import CLASSES
from kerasft.targets.classes.moving import Moved, move
from kerasft.targets.classes.schema import Classes
from kerasft.training.history import read_history
from tests import toy_backbone
from tests.tasks.examples import EXAMPLES

LABELS = np.array([0] * 50 + [1] * 6 + [2] * 4)


def test_an_epoch_has_each_class_alike_and_each_example_of_a_rare_one_as_often():
    draw, seen = even_draw(LABELS), set()
    for seed in range(12):
        rows = draw(np.random.default_rng(seed))
        assert len(rows) == len(LABELS) and np.bincount(LABELS[rows]).tolist() == [20, 20, 20]
        often = np.bincount(rows, minlength=len(LABELS))
        assert set(often[:50]) == {0, 1} and set(often[50:56]) == {3, 4} and set(often[56:]) == {5}
        assert not np.array_equal(np.sort(rows), rows)
        seen |= set(rows.tolist())
    assert seen == set(range(len(LABELS)))
    np.testing.assert_array_equal(draw(np.random.default_rng(3)), draw(np.random.default_rng(3)))
    odd = np.array([0, 0, 0, 0, 0, 0, 1])
    counts = {tuple(np.bincount(odd[even_draw(odd)(np.random.default_rng(seed))])) for seed in range(20)}
    assert counts == {(3, 4), (4, 3)}


def test_batches_of_an_epoch_are_what_was_drawn_whatever_came_before():
    inputs = np.arange(60, dtype="float32")[:, None]
    batches = Batches(inputs, LABELS, one_hot(3), 7, shuffle=True, seed=5, draw=even_draw(LABELS))

    def rows(epoch):
        return np.concatenate([batches.batch(epoch, step)[0][:, 0] for step in range(batches.steps)])

    first, second = rows(0), rows(1)
    assert not np.array_equal(first, second) and np.array_equal(rows(0), first)
    assert np.bincount(LABELS[first.astype(int)]).tolist() == [20, 20, 20]


def test_both_scores_are_those_of_scikit_learn():
    from sklearn.metrics import balanced_accuracy_score, f1_score

    rng = np.random.default_rng(0)
    truth, found = rng.random(200) < 0.2, rng.random(200)
    cuts = np.array([0.2, 0.5, 0.9])
    decided = found[:, None] >= cuts
    for score, reference in ((f1_scores, f1_score), (balanced_accuracies, balanced_accuracy_score)):
        expected = [reference(truth, each) for each in decided.T]
        np.testing.assert_allclose(score(np.ones((1, 200)), decided, truth)[0], expected)


def rare_positives(count=600, seed=0):
    """Logits of a model that is right about the order and too cautious about the rare class."""
    rng = np.random.default_rng(seed)
    labels = (rng.random(count) < 0.1).astype("int64")
    own = rng.normal(0, 1, count) + 2.5 * labels - 3.5
    return np.stack([np.zeros(count), own], axis=1), labels


@pytest.mark.parametrize("chosen_for", ["f1", "balanced_accuracy"])
def test_the_threshold_is_better_on_other_examples_and_decides_as_the_moved_probabilities(chosen_for):
    (logits, labels), (others, truth) = rare_positives(), rare_positives(seed=1)
    found = move(softmax(logits), labels, chosen_for)
    assert found.label == 1 and 0 < found.threshold < 0.5 and found.after > found.before
    moved = softmax(others + np.array(found.shift))
    np.testing.assert_array_equal(moved.argmax(axis=1) == 1, softmax(others)[:, 1] >= found.threshold)
    score = {"f1": f1_scores, "balanced_accuracy": balanced_accuracies}[chosen_for]
    both = np.stack([softmax(others)[:, 1] >= 0.5, moved[:, 1] >= 0.5], axis=1)
    before, after = score(np.ones((1, len(truth))), both, truth == 1)[0]
    assert after > before + 0.05


def test_the_rarer_class_may_be_the_first_and_few_examples_leave_a_half():
    logits, labels = rare_positives()
    found = move(softmax(logits[:, ::-1]), 1 - labels, "f1")
    assert found.label == 0 and found.shift[0] > 0 == found.shift[1]
    assert found.threshold == move(softmax(logits), labels, "f1").threshold
    few = move(softmax(logits[labels == 0]), labels[labels == 0], "f1")
    assert few.shift == [0, 0] and "the validation split has 0 examples of a class, and 5 are needed" in str(
        few
    )


def test_a_run_and_a_file_do_the_same_sum():
    import keras

    logits, served = rare_positives(50)[0].astype("float32"), {"temperature": 1.7, "moved": [0.0, 1.25]}
    schema = Classes(("a", "b"))
    run = CLASSES.finish(logits, schema, served)
    file = CLASSES.serve(keras.ops.convert_to_tensor(logits), schema, served)["probabilities"]
    np.testing.assert_allclose(run, keras.ops.convert_to_numpy(file), atol=1e-6)
    np.testing.assert_allclose(run, softmax(logits / 1.7 + [0.0, 1.25]), atol=1e-6)


def test_what_was_chosen_is_kept_and_nonsense_is_refused():
    found = Calibration(1.5, 100, 0.1, 0.05, moved=Moved("f1", 1, 0.2, 0.5, 0.7))
    values = json.loads(json.dumps(found.as_dict()))
    assert read_calibration(values) == found and found.served["moved"] == found.moved.shift
    assert "moved" not in Calibration().as_dict() and "moved" not in Calibration().served
    for broken in ({"chosen_for": "f2"}, {"threshold": 1.0}, {"label": 2}):
        with pytest.raises(ValueError, match="the threshold is"):
            read_calibration({**values, "moved": {**values["moved"], **broken}})
    with pytest.raises(ValueError, match="is no object"):
        read_calibration({**values, "moved": [0, 1]})
    names = {"class_names": ["a", "b"], "temperature": 1.0, "score_threshold": None}
    assert CLASSES.described({**names, "moved": [0, 1.5]})[1]["moved"] == [0.0, 1.5]
    for moved in ([0], [0, "1"], [0, 1e9], {"a": 1}):
        with pytest.raises(ValueError, match="moved is"):
            CLASSES.described({**names, "moved": moved})


@pytest.fixture(scope="module")
def splits():
    """Images of which one in eight is a little brighter, which is the class."""
    rng = np.random.default_rng(0)

    def split(name, count):
        labels = (np.arange(count) % 8 == 0).astype("int32")
        images = rng.normal(100, 30, (count, 16, 16, 3)) + 12 * labels[:, None, None, None]
        ids = tuple(f"{name}{row}" for row in range(count))
        return ImageSplit(name, np.clip(images, 0, 255).astype("uint8"), labels, ids, ids)

    parts = split("train", 160), split("validation", 120), split("test", 120)
    return ImageSplits(*parts, Classes(("plain", "bright")), ImageReading(16), "arrays", 0)


def trained(splits, folder, **settings):
    model = kerasft.build_model(
        "image_classification", backbone=toy_backbone.register(), schema=splits.schema, image_size=16
    )
    training = kerasft.Training(batch_size=16, augment="none", **settings)
    return kerasft.fine_tune(model, splits, kerasft.two_phases(4, 0), folder, training, verbose=False)


@pytest.fixture(scope="module")
def run(splits, tmp_path_factory):
    """A run with a threshold of its own."""
    return trained(splits, tmp_path_factory.mktemp("runs") / "run", threshold_for="balanced_accuracy")


def test_the_threshold_is_kept_used_and_shipped(run, splits):
    ((_, kept),) = json.loads((run.run_dir / "calibration.json").read_text("utf-8")).items()
    moved = kept["moved"]
    assert moved["chosen_for"] == "balanced_accuracy" and moved["label"] == 1 and 0 < moved["threshold"] < 0.5
    assert moved["after"] > moved["before"]
    predictor, images = as_predictor(run), splits.test.images
    plain = softmax(predictor.outputs(images), kept["temperature"])
    answers = predictor.predict(images)
    np.testing.assert_array_equal(answers.argmax(1) == 1, plain[:, 1] >= moved["threshold"])
    made = kerasft.export(run)
    file = predictor_of_file(made.path, 1)
    np.testing.assert_allclose(file.predict(images), answers, atol=1e-5)
    details = json.loads(made.details.read_text("utf-8"))
    assert details["moved"] == Moved("f1", 1, moved["threshold"]).shift
    assert f"from a probability of {moved['threshold']:.3g} on" in made.card.read_text("utf-8")
    assert f"threshold {moved['threshold']:.3g} moved to 0.5" in str(made)
    assert kerasft.evaluate(run).accuracy == np.mean(answers.argmax(1) == splits.test.labels)


def test_the_epoch_kept_is_the_one_that_orders_best_in_history_result_and_report(run):
    rows, head = read_history(run.run_dir / "history.csv"), run.result["phases"]["head"]
    curve = [row.metrics["val_roc_auc"] for row in rows]
    assert head["metrics"]["val_roc_auc"] == pytest.approx(max(curve), rel=1e-5)
    assert curve[head["best_epoch"] - 1] == max(curve) > 0.5
    assert Facts.of(run).better.metric == "roc_auc" and {"roc_auc", "val_accuracy"} <= rows[0].metrics.keys()


def drawn(splits, folder, cache):
    """Returns the kernel of a head whose epochs drew the classes alike, and what ranked them."""
    run = trained(splits, folder, class_weight="oversample", feature_cache=cache)
    ranked = [row.metrics["val_balanced_log_loss"] for row in read_history(run.run_dir / "history.csv")]
    return run.load_model().layers[-1].get_weights()[0], ranked


def test_a_training_draws_classes_alike_if_it_is_asked_to(run, splits):
    model, shares = run.load_model(), []
    for settings in ({}, {"class_weight": "oversample"}):
        training = kerasft.Training(batch_size=16, augment="none", **settings)
        train, validation = task_of("image_classification").make_batches(model, splits, training)
        both = [
            np.concatenate([each.batch(0, step)[1] for step in range(each.steps)])
            for each in (train, validation)
        ]
        shares.append([each.mean(axis=0)[1] for each in both])
    assert shares == [[0.125, 0.125], [0.5, 0.125]]


@pytest.mark.slow
def test_drawing_classes_alike_trains_another_head_cached_or_not(run, splits, tmp_path):
    plain = run.load_model().layers[-1].get_weights()[0]
    kept, whole = (drawn(splits, tmp_path / cache, cache) for cache in ("memory", "off"))
    assert np.abs(kept[0] - plain).max() > 1e-3
    np.testing.assert_allclose(whole[0], kept[0], rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(whole[1], kept[1], rtol=1e-3)


def test_a_threshold_is_refused_where_there_are_more_classes(splits, tmp_path):
    three = dataclasses.replace(splits, schema=Classes(("plain", "bright", "other")))
    with pytest.raises(InputError, match="--threshold-for is for two classes, and there are 3"):
        trained(three, tmp_path / "run", threshold_for="f1")
    assert not (tmp_path / "run").exists()


def test_labels_are_neither_drawn_nor_given_one_threshold(tmp_path):
    example = EXAMPLES["image_multilabel"]
    several = example.read(tmp_path)
    training = kerasft.Training(class_weight="oversample", threshold_for="f1")
    with pytest.raises(InputError) as caught:
        kerasft.fine_tune(
            example.build(several), several, kerasft.two_phases(1, 0), tmp_path / "run", training
        )
    assert "--class-weight oversample" in str(caught.value) and "--threshold-for f1" in str(caught.value)
    assert not (tmp_path / "run").exists()
