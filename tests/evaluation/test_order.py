"""Classes with an order as answers: loss, rank consistency, decision, scores against scikit-learn's, what is said."""

import json

import numpy as np
import pytest
from sklearn import metrics

from kerasft.base.statistics import sigmoid, softmax
from kerasft.contract.plan import Training
from kerasft.targets.classes.kind import CLASSES
from kerasft.targets.classes.schema import Classes
from kerasft.targets.order.deciding import median
from kerasft.targets.order.evaluation import quadratic_kappa
from kerasft.targets.order.kind import ORDER
from kerasft.targets.order.schema import Order

RNG = np.random.default_rng(0)
SCHEMA = Order(("poor", "fair", "good", "fine"))
TRUTH = RNG.integers(0, 4, 120).astype("int32")
LOGITS = (-1.2 * np.abs(np.arange(4) - TRUTH[:, None]) + 1.5 * RNG.normal(size=(120, 4))).astype("float32")
IDS = tuple(map(str, range(120)))


@pytest.fixture(scope="module")
def evaluation():
    return ORDER.evaluate(ORDER.finish(LOGITS, SCHEMA, {}), TRUTH, SCHEMA, IDS)


def log_probabilities(more):
    import keras

    from kerasft.targets.order.head import log_probabilities

    return keras.ops.convert_to_numpy(log_probabilities(keras.ops.convert_to_tensor(more)))


def test_the_loss_is_that_of_corn():
    """Shi, Cao and Raschka 2023, equation 6: each question is asked of those alone that are at least as much."""
    more = RNG.normal(0, 3, (120, 3)).astype("float32")
    objective = ORDER.learning.objective(SCHEMA, Training())
    found = float(objective.loss(ORDER.learning.encode(SCHEMA)(TRUTH), log_probabilities(more)))
    expected = 0.0
    for k in range(3):
        asked = TRUTH >= k
        yes, answer = TRUTH[asked] > k, more[asked, k].astype("float64")
        expected -= np.log(np.where(yes, 1 / (1 + np.exp(-answer)), 1 / (1 + np.exp(answer)))).sum()
    assert found == pytest.approx(expected / 120, rel=1e-5)


def test_probabilities_are_products_and_more_is_never_more_probable_than_less():
    more = np.concatenate(
        [RNG.normal(0, 4, (200, 5)), [[-60.0] * 5, [60.0] * 5, [0.0] * 5, [50, -50] * 2 + [0]]]
    )
    probabilities = ORDER.finish(log_probabilities(more.astype("float32")), SCHEMA, {})
    at_least = np.concatenate(
        [np.ones((204, 1)), np.cumprod(sigmoid(more.astype("float32")), axis=1)], axis=1
    )
    assert np.abs(probabilities.sum(axis=1) - 1).max() < 1e-6
    above = 1 - np.cumsum(probabilities.astype("float64"), axis=1)[:, :-1]
    assert np.abs(above - at_least[:, 1:]).max() < 1e-5
    assert (np.diff(above, axis=1) <= 0).all() and (np.diff(at_least, axis=1) <= 0).all()


def test_a_new_head_says_that_all_classes_are_alike_and_learns_from_all_questions():
    import keras
    import tensorflow as tf

    features = keras.Input((3,))
    model = keras.Model(features, ORDER.learning.head(features, SCHEMA, 0.1, seed=0))
    outputs = model(np.ones((2, 3), "float32"))
    assert np.allclose(softmax(np.asarray(outputs)), 0.25, atol=1e-6)
    with tf.GradientTape() as tape:
        loss = -tf.reduce_sum(model(np.ones((1, 3), "float32"))[:, 3])  # the highest: "more" to all questions
    kernel, bias = tape.gradient(loss, model.get_layer("logits").trainable_variables)
    assert np.allclose(
        bias, [-1 / 4, -1 / 3, -1 / 2], atol=1e-6
    )  # the last logit is 0, where a kink would tell 0
    assert np.allclose(kernel, np.tile(bias, (3, 1)), atol=1e-6)


def test_the_decision_has_the_smallest_expected_error():
    probabilities = RNG.dirichlet(np.full(6, 0.4), 500)
    steps = np.abs(np.arange(6)[:, None] - np.arange(6))
    assert (median(probabilities) == (probabilities @ steps).argmin(axis=1)).all()
    assert (median(probabilities) != probabilities.argmax(axis=1)).any()
    assert median(np.array([0.5, 0.0, 0.5])) == 0  # of equals the lower
    assert (
        median(np.array([0.25, 0.2, 0.45], "float32")) == 1 != median(np.array([0.25, 0.2, 0.55], "float32"))
    )


def test_scores_are_those_of_scikit_learn(evaluation):
    said = median(evaluation.probabilities)
    assert (evaluation.predictions == said).all() and (said != LOGITS.argmax(axis=1)).any()
    assert evaluation.score == pytest.approx(metrics.mean_absolute_error(TRUTH, said))
    assert evaluation.kappa == pytest.approx(metrics.cohen_kappa_score(TRUTH, said, weights="quadratic"))
    assert evaluation.accuracy == metrics.accuracy_score(TRUTH, said)
    assert evaluation.macro.f1 == pytest.approx(metrics.f1_score(TRUTH, said, average="macro"))
    assert (evaluation.confusion == metrics.confusion_matrix(TRUTH, said)).all()
    assert not evaluation.higher_is_better and (evaluation.per_example == -np.abs(said - TRUTH)).all()


def test_the_class_in_the_middle_is_the_best_of_all_that_are_always_the_same(evaluation):
    errors = np.abs(TRUTH[:, None] - np.arange(4)).mean(axis=0)
    assert evaluation.middle == errors.argmin() and evaluation.of_the_middle == pytest.approx(errors.min())
    skewed = ORDER.evaluate(np.eye(4, dtype="float32")[[0, 1, 3]], np.array([3, 3, 1]), SCHEMA, IDS[:3])
    assert (skewed.middle, skewed.of_the_middle) == (3, pytest.approx(2 / 3))


def test_intervals_are_a_bootstrap_of_the_examples(evaluation):
    draws = np.random.default_rng(1).integers(0, 120, (4000, 120))
    truth, said = TRUTH[draws], evaluation.predictions[draws]
    for found, values in (
        (evaluation.error_interval, np.abs(said - truth).mean(axis=1)),
        (evaluation.kappa_interval, quadratic_kappa(truth, said)),
    ):
        spread = values.std()
        low, high = np.percentile(values, [2.5, 97.5])
        assert abs(found.low - low) < spread / 4 and abs(found.high - high) < spread / 4
    assert evaluation.interval == (evaluation.error_interval.low, evaluation.error_interval.high)


def test_kappa_is_told_only_where_it_is_defined():
    sure = np.tile(np.array([0.1, 0.7, 0.1, 0.1], "float32"), (5, 1))
    found = ORDER.evaluate(sure, np.ones(5, "int32"), SCHEMA, IDS[:5])
    assert found.kappa is None and found.kappa_interval is None and "quadratic kappa" not in found.metrics
    assert found.score == 0 and json.loads(json.dumps(found.as_dict()))["quadratic_kappa"] is None


def test_epochs_are_ranked_by_what_the_evaluation_measures(evaluation):
    objective = ORDER.learning.objective(SCHEMA, Training(class_weight="auto"))
    logs = {}
    for metric in objective.metrics:
        metric.update_state(np.eye(4, dtype="float32")[TRUTH], LOGITS)
        logs[f"val_{metric.name}"] = float(metric.result())
    assert logs["val_mean_absolute_error"] == pytest.approx(evaluation.score, abs=1e-6)
    assert logs["val_log_loss"] == pytest.approx(evaluation.log_loss, abs=1e-5)
    best = objective.score(logs)
    assert objective.beats(objective.score(logs | {"val_mean_absolute_error": evaluation.score - 0.01}), best)
    assert not objective.beats(objective.score(logs | {"val_accuracy": 1.0}), best)
    assert objective.chance == pytest.approx(np.log(4))


def test_mistakes_are_those_farthest_off_first(evaluation):
    rows = evaluation.mistakes()
    steps = np.abs(evaluation.predictions - TRUTH)
    assert set(rows) == set(np.flatnonzero(steps)) and (np.diff(steps[rows]) <= 0).all()
    farthest = rows[steps[rows] == steps.max()]
    assert (np.diff(evaluation.confidence[farthest]) <= 0).all()


def test_what_is_written_and_said(evaluation, tmp_path):
    evaluation.write(tmp_path)
    written = json.loads((tmp_path / "metrics.json").read_text("utf-8"))
    assert written["mean_absolute_error"] == evaluation.score
    assert written["mean_absolute_error_interval"] == list(evaluation.interval)
    assert written["mean_absolute_error_of_the_middle"] == evaluation.of_the_middle
    assert written["quadratic_kappa"] == evaluation.kappa and written["accuracy"] == evaluation.accuracy
    table = (tmp_path / "predictions.csv").read_text("utf-8").splitlines()
    assert len(table) == 121 and table[1].split(",")[2] == SCHEMA.class_names[evaluation.predictions[0]]
    lines = str(evaluation).splitlines()
    assert lines[1].startswith(f"mean absolute error    {evaluation.score:.4f}  steps (95 %: ")
    assert lines[2].startswith(f"quadratic kappa        {evaluation.kappa:.4f}  (95 %: ")
    assert max(map(len, lines)) <= 80


def test_files_agree_where_the_median_is_the_same():
    answers = np.array([[0.4, 0.2, 0.2, 0.2], [0.1, 0.2, 0.3, 0.4]], "float32")
    moved = np.array([[0.2, 0.35, 0.4, 0.05], [0.3, 0.3, 0.1, 0.3]], "float32")
    assert ORDER.agreement(answers, moved, SCHEMA).tolist() == [True, False]
    assert CLASSES.agreement(answers, moved, Classes(SCHEMA.class_names)).tolist() == [False, False]


def test_an_answer_is_the_median_wherever_it_is_said():
    answer = np.array([0.4, 0.15, 0.25, 0.2], "float32")
    said = ORDER.decode(answer, SCHEMA, {}, 2)
    assert (said.class_name, round(said.probability, 2)) == ("fair", 0.15)
    assert said.answer() == "fair 0.150 (poor 0.400, good 0.250)"
    assert ORDER.table_row(answer, SCHEMA, {})[:2] == ["fair", pytest.approx(0.15)]
    claim = ORDER.claiming(answer, SCHEMA)
    assert (claim.class_name, claim.predicted, claim.target) == ("fair", "fair", 1)
    assert str(ORDER.claiming(answer, SCHEMA, "poor")) == "poor 0.400 (answer: fair)"
    code = ORDER.answering.kotlin(SCHEMA, "float32").after
    assert "upTo >= half" in code and "maxBy" not in code
    assert "maxBy" in CLASSES.answering.kotlin(Classes(SCHEMA.class_names), "float32").after
    assert any("median" in line for line in ORDER.answering.comes_out(SCHEMA))


def test_a_threshold_counts_right_medians():
    answers = np.array([[0.45, 0.1, 0.45, 0], [0.4, 0.3, 0.3, 0], [0.05, 0.05, 0.9, 0]], "float32")
    found = ORDER.answering.measure_threshold(answers, np.array([1, 1, 2]), 0.42, 0.9, "test")
    assert (found.precision, found.answered) == (
        1.0,
        2,
    )  # of the most probable ones, one in two would be right
    assert ORDER.answering.choose_threshold(answers, np.array([1, 1, 2]), 1.0) == 0.0


def test_a_schema_comes_back_from_a_config_and_a_description():
    fields = {"class_names": SCHEMA.class_names}
    assert ORDER.schema_of(fields) == SCHEMA != Classes(SCHEMA.class_names)
    found, served = ORDER.described({"class_names": list(SCHEMA.class_names), "temperature": 2.0})
    assert (found, served["temperature"]) == (SCHEMA, 2.0)
    assert str(SCHEMA) == "4 classes in order, from 'poor' to 'fine'"


def test_data_and_model_need_the_same_order():
    turned = Order(SCHEMA.class_names[::-1])
    (problem,) = ORDER.learning.mismatch(turned, SCHEMA)
    assert problem.what == "the data and the model have other classes, or another order"
    assert problem.next_step == "build the model with schema=splits.schema"
    assert ORDER.learning.mismatch(SCHEMA, SCHEMA) == []
    one, other = (ORDER.evaluate(softmax(LOGITS), TRUTH, each, IDS) for each in (SCHEMA, turned))
    assert "another order" in one.mismatch(other, "a and b").what
    assert one.mismatch(one, "a and b") is None


def test_a_new_head_begins_with_the_questions_that_both_know():
    import keras

    def model_of(schema):
        features = keras.Input((3,))
        return keras.Model(features, ORDER.learning.head(features, schema, 0.0, seed=0))

    old, longer = model_of(SCHEMA), Order(("awful", *SCHEMA.class_names))
    old.get_layer("logits").set_weights([RNG.normal(size=(3, 3)), RNG.normal(size=3)])
    new = model_of(longer)
    assert ORDER.copy_head(old, SCHEMA, new, longer) == ("poor", "fair", "good")
    kernel, bias = new.get_layer("logits").get_weights()
    old_kernel, old_bias = old.get_layer("logits").get_weights()
    assert (kernel[:, 1:] == old_kernel).all() and (bias[1:] == old_bias).all() and not kernel[:, 0].any()
