"""Several labels as answers: calibration, thresholds, scikit-learn's scores, agreement of files, what is written."""

import csv

import numpy as np
import pytest
from sklearn import metrics

from kerasft.base.errors import InputError
from kerasft.base.statistics import sigmoid
from kerasft.base.thresholds import best_threshold
from kerasft.contract.plan import Training
from kerasft.targets.labels.agreement import odds_distance, sigmoid_rounding
from kerasft.targets.labels.calibration import calibrate, choose_thresholds, read_calibration
from kerasft.targets.labels.kind import LABELS
from kerasft.targets.labels.scaling import fit_lines, log_loss, scaled
from kerasft.targets.labels.schema import Labels

RNG = np.random.default_rng(0)
NAMES = ("cat", "dog", "owl", "never")
TRUTH = np.concatenate([RNG.random((80, 3)) < (0.5, 0.2, 0.1), np.zeros((80, 1), bool)], axis=1)
LOGITS = (TRUTH * 2.0 - 1.5 + RNG.normal(size=TRUTH.shape)).astype("float32")
TARGETS = TRUTH.astype("float32")
IDS = tuple(map(str, range(80)))


@pytest.fixture(scope="module")
def schema():
    found = LABELS.calibrate(LOGITS, TARGETS, Labels(NAMES), Training())
    return LABELS.calibrated(Labels(NAMES), found.served)


@pytest.fixture(scope="module")
def evaluation(schema):
    return LABELS.evaluate(LABELS.finish(LOGITS, schema, {}), TARGETS, schema, IDS)


def test_a_threshold_is_midway_and_0_5_where_none_is_better():
    truth = np.repeat([False, True], 20)
    assert best_threshold(np.where(truth, 0.3, 0.1), truth) == 0.2
    assert best_threshold(np.where(truth, 0.6, 0.1), truth) == 0.5
    assert best_threshold(np.full(40, 0.4), truth) == 0.5  # equals can't be parted


def test_a_threshold_is_the_mean_of_the_best_ones_of_bootstrap_draws():
    for k in range(3):
        probabilities, truth = sigmoid(LOGITS)[:, k], TRUTH[:, k]
        values = np.unique(probabilities.astype("float64"))
        cuts = np.array([0.5, *(values[:-1] + values[1:]) / 2])
        draws = np.random.default_rng(0).multinomial(80, np.full(80, 1 / 80), 100)

        def f1_of(rows, truth=truth, probabilities=probabilities, cuts=cuts):
            true, found = truth[rows], [probabilities[rows] >= cut for cut in cuts]
            return [2 * (each & true).sum() / max(1, each.sum() + true.sum()) for each in found]

        best = [cuts[np.argmax(f1_of(np.repeat(np.arange(80), counts)))] for counts in draws]
        expected = cuts[np.abs(cuts - np.mean(best)).argmin()]
        assert best_threshold(probabilities, truth) == pytest.approx(expected, rel=1e-5)


def test_a_threshold_does_not_follow_chance():
    rng, gain = np.random.default_rng(1), 0.0
    for _ in range(40):
        odds = rng.normal(size=(2, 60))
        truth = rng.random((2, 60)) < 1 / (1 + np.exp(-3 * odds))  # the odds are right, but for their size
        probabilities = 1 / (1 + np.exp(-12 * odds))
        cut = best_threshold(probabilities[0], truth[0])
        one, other = (metrics.f1_score(truth[1], probabilities[1] >= each) for each in (cut, 0.5))
        gain += one - other
    assert gain / 40 > -0.01  # the highest F1 alone loses 0.02


def test_a_label_with_too_few_examples_keeps_0_5_and_it_is_told():
    found = choose_thresholds(sigmoid(LOGITS), TARGETS)
    assert (
        found.thresholds[3] == 0.5
        and found.left_at_half >= 1
        and found.macro_f1_after >= found.macro_f1_before
    )
    assert read_calibration(found.as_dict()) == found
    assert choose_thresholds(np.zeros((0, 4)), np.zeros((0, 4))).thresholds == (0.5,) * 4
    with pytest.raises(ValueError, match="not between 0 and 1"):
        read_calibration({**found.as_dict(), "thresholds": [2.0]})


def made_with(slopes, offsets, count, seed=0):
    """Logits of labels that are there as often as lines through them say."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(-1, 2, (count, len(slopes))).astype("float32")
    return logits, rng.random(logits.shape) < sigmoid(scaled(logits, slopes, offsets))


def test_the_line_of_each_label_is_found_where_there_are_examples_for_it():
    wanted = (0.4, 1.0, 2.5), (-1.0, 0.0, 1.5)
    slopes, offsets = fit_lines(*made_with(*wanted, 100_000))
    np.testing.assert_allclose(slopes, wanted[0], rtol=0.06)
    np.testing.assert_allclose(offsets, wanted[1], atol=0.08)


def test_few_examples_follow_the_line_of_all_labels_and_not_chance():
    slopes, offsets = (0.5,) * 12, (-1.0,) * 12
    logits, truth = made_with(slopes, offsets, 60)
    new, there = made_with(slopes, offsets, 5000, seed=1)
    held, alone, none = (
        log_loss(sigmoid(scaled(new, *fitted)), there)
        for fitted in (fit_lines(logits, truth), fit_lines(logits, truth, prior=1e-3), ((), ()))
    )
    best = log_loss(sigmoid(scaled(new, slopes, offsets)), there)
    assert best < held < alone < none and held - best < (alone - best) / 2


def test_where_all_is_right_slopes_do_not_run_away():
    truth = np.arange(60)[:, None] % 3 == np.arange(3)
    slopes, offsets = fit_lines(np.where(truth, 1.0, -1.0), truth)
    p = sigmoid(scaled(np.array([[1.0, 1.0, 1.0]]), slopes, offsets))
    np.testing.assert_allclose(p, 61 / 62, atol=2e-3)  # Platt's target for the 60 that are there


def test_the_calibration_is_in_every_answer_of_the_run_and_of_its_files():
    found = calibrate(*made_with((0.5,) * 4, (-1.0,) * 4, 400))
    assert found.log_loss[1] < found.log_loss[0] and found.ece[1] < found.ece[0] and not found.note
    assert read_calibration(found.as_dict()) == found
    answers = LABELS.finish(LOGITS, Labels(NAMES), found.served)
    np.testing.assert_allclose(answers, sigmoid(scaled(LOGITS, found.slopes, found.offsets)))
    in_a_file = LABELS.serve(LOGITS, Labels(NAMES), found.served)["probabilities"]
    np.testing.assert_allclose(np.asarray(in_a_file), answers, atol=1e-6)
    schema, described = LABELS.described({"class_names": list(NAMES), **found.served})
    assert described == found.served and schema.thresholds == found.thresholds
    for wrong in ([1.0], [1.0, 1.0, 1.0, 0.0], [1.0, 1.0, 1.0, float("nan")], [1.0, 1.0, 1.0, "1"], 3):
        with pytest.raises(ValueError, match="slopes|offsets"):
            LABELS.described({"class_names": list(NAMES), **found.served, "slopes": wrong})
        with pytest.raises((ValueError, InputError)):
            read_calibration({**found.as_dict(), "slopes": wrong})


def test_the_calibration_changes_no_decision_of_a_label_with_examples_enough():
    logits, truth = made_with((0.4, 1.0, 2.5), (-1.0, 0.0, 1.5), 300)
    found, plain = calibrate(logits, truth), choose_thresholds(sigmoid(logits), truth)
    calibrated = sigmoid(scaled(logits, found.slopes, found.offsets))
    before, after = (
        each >= np.array(cuts, "float32")
        for each, cuts in ((sigmoid(logits), plain.thresholds), (calibrated, found.thresholds))
    )
    np.testing.assert_array_equal(before, after)
    assert found.thresholds != plain.thresholds
    truth[:, 2] = np.arange(300) < 3
    assert calibrate(logits, truth).thresholds[2] == 0.5


def test_too_few_examples_leave_probabilities_as_trained_and_it_is_told():
    found = calibrate(LOGITS[:49], TARGETS[:49])
    assert found.note == "not fitted: the validation split has 49 examples, and 50 are needed"
    assert found.served == {"thresholds": list(found.thresholds)}
    assert calibrate(LOGITS[:0], TARGETS[:0]).thresholds == (0.5,) * 4


def test_thresholds_decide_and_are_no_part_of_what_labels_mean(schema):
    assert schema == Labels(NAMES) and schema.thresholds
    description = {"class_names": list(NAMES), "shares": [], "thresholds": list(schema.thresholds)}
    read, answers = LABELS.described(description)
    assert read.thresholds == schema.thresholds and answers == {"thresholds": list(schema.thresholds)}
    row = schema.cuts.copy()
    row[1] -= 0.01
    assert LABELS.decode(row, schema, {}, 2).labels == tuple(
        NAMES[k] for k in np.argsort(-row, kind="stable") if k != 1
    )
    for wrong in ([0.5], [0.5, 0.5, 0.5, 2], "0.5"):
        with pytest.raises(ValueError, match="thresholds"):
            LABELS.described({**description, "thresholds": wrong})
    for names in ([], ["a", "a"], ["a|b"], ["a", 1], None):
        with pytest.raises(ValueError):
            LABELS.described({"class_names": names})


def test_the_scores_are_those_of_scikit_learn(evaluation):
    decided, probabilities = evaluation.decided, evaluation.probabilities
    per_example = metrics.f1_score(TRUTH, decided, average="samples", zero_division=1)
    assert evaluation.score == pytest.approx(per_example)
    assert evaluation.micro.f1 == pytest.approx(metrics.f1_score(TRUTH, decided, average="micro"))
    macro = metrics.f1_score(TRUTH[:, :3], decided[:, :3], average="macro")
    assert evaluation.macro.f1 == pytest.approx(macro)
    assert evaluation.exact_match == metrics.accuracy_score(TRUTH, decided)
    assert evaluation.hamming_loss == pytest.approx(metrics.hamming_loss(TRUTH, decided))
    areas = [
        metrics.average_precision_score(TRUTH[:, :3], probabilities[:, :3]),
        metrics.roc_auc_score(TRUTH[:, :3], probabilities[:, :3]),
    ]
    assert [evaluation.average_precision, evaluation.roc_auc] == pytest.approx(areas)
    losses = [metrics.log_loss(TRUTH[:, k], probabilities[:, k], labels=[False, True]) for k in range(4)]
    assert [each.log_loss for each in evaluation.labels] == pytest.approx(losses)
    assert evaluation.log_loss == pytest.approx(np.mean(losses))
    assert evaluation.labels[3].average_precision is None and evaluation.labels[3].support == 0


def test_mistakes_are_those_with_a_wrong_label_and_files_have_every_number(evaluation, tmp_path):
    wrong = set(np.flatnonzero((evaluation.decided != TRUTH).any(axis=1)))
    assert set(evaluation.mistakes()) == wrong and 0 < len(wrong) < 80
    evaluation.write(tmp_path)
    rows = list(csv.DictReader((tmp_path / "predictions.csv").open(encoding="utf-8")))
    assert [row["labels"] for row in rows] == list(evaluation.expected)
    assert len(list(csv.DictReader((tmp_path / "per_label.csv").open(encoding="utf-8")))) == 4
    assert "guessing" in str(evaluation) and "1 label without an example here" in str(evaluation)


def test_agreement_is_the_share_of_labels(schema, evaluation):
    answers = evaluation.probabilities.copy()
    assert LABELS.agreement(answers, answers, schema).tolist() == [1.0] * 80
    answers[0, 0] = 1 - evaluation.decided[0, 0]
    assert LABELS.agreement(answers, evaluation.probabilities, schema)[0] == 0.75


def test_a_fault_of_the_logits_shows_and_rounding_does_not():
    logits = np.linspace(-40, 40, 400, dtype="float32")[None]
    exact = sigmoid(logits)
    rounded = (1 / (1 + np.exp(-logits.astype("float32")))).astype("float32")
    assert odds_distance(rounded, exact) <= sigmoid_rounding(exact) < 1e-4
    assert odds_distance(sigmoid(logits + 1e-3), exact) > 5 * sigmoid_rounding(exact)


def test_the_loss_is_the_cross_entropy_weighted_and_focused():
    from kerasft.targets.labels.head import label_loss, label_weights

    def mean(**options):
        given = {"weights": None, "smoothing": 0.0, "focal_gamma": 0.0} | options
        return float(np.mean(np.asarray(label_loss(**given)(TARGETS, LOGITS))))

    probabilities = sigmoid(LOGITS).astype("float64")
    right = np.where(TRUTH, probabilities, 1 - probabilities)
    assert mean() == pytest.approx(-np.log(right).mean(), rel=1e-4)
    assert mean(focal_gamma=2.0) == pytest.approx((-np.log(right) * (1 - right) ** 2).mean(), rel=1e-4)
    present, absent = label_weights(Labels(NAMES).fitted(TARGETS))
    totals = (TARGETS * present).sum(0), ((1 - TARGETS) * absent).sum(0)
    np.testing.assert_allclose(
        totals[0][:3], totals[1][:3], rtol=1e-5
    )  # both halves of a label weigh the same
    assert (present[3], absent[3]) == (1, 1)
    weights = np.where(TRUTH, present, absent)
    assert mean(weights=(present, absent)) == pytest.approx((-np.log(right) * weights).mean(), rel=1e-4)
