"""Answers that are numbers: their errors against scikit-learn's, and prediction intervals that hold what they say."""

import csv
import json

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics

from kerasft.base.errors import KerasftError
from kerasft.contract.plan import Training
from kerasft.contract.units import Units
from kerasft.targets.numbers.evaluation import NumberEvaluation, measure
from kerasft.targets.numbers.intervals import conformal_quantile, fewest, fit_intervals, read_intervals
from kerasft.targets.numbers.kind import NUMBERS
from kerasft.targets.numbers.schema import Numbers

RNG = np.random.default_rng(0)
TRUTH = RNG.normal(size=(200, 2)) * [50, 2] + [300, -1]
ANSWERS = TRUTH + RNG.normal(size=(200, 2)) * [10, 0.5]
IDS = [f"{number}.png" for number in range(200)]
TWO = Numbers(("price", "area"), (300.0, -1.0), (50.0, 2.0), ("EUR", "m2"))
ONE = Numbers(("price",), (300.0,), (50.0,), ("EUR",))


@pytest.mark.parametrize(
    "count, coverage, expected",
    [(9, 0.9, 9), (8, 0.9, None), (19, 0.9, 18), (99, 0.9, 90), (100, 0.9, 91), (19, 0.95, 19), (1, 0.5, 1)],
)
def test_the_quantile_is_one_of_the_errors_corrected_for_few(count, coverage, expected):
    errors = RNG.permutation(np.arange(1.0, count + 1))
    assert conformal_quantile(errors, coverage) == expected
    assert (fewest(coverage) <= count) == (expected is not None)


@pytest.mark.parametrize("coverage", [0.5, 0.8, 0.9, 0.95, 0.99])
def test_fewest_is_where_intervals_begin(coverage):
    count = fewest(coverage)
    assert conformal_quantile(np.ones(count), coverage) == 1
    assert conformal_quantile(np.ones(count - 1), coverage) is None


@pytest.mark.parametrize("count", [9, 30, 135])
@pytest.mark.parametrize(
    "errors", [stats.norm, stats.t(2), stats.expon(-1)], ids=["normal", "heavy", "skewed"]
)
def test_intervals_hold_what_they_say_over_many_draws(count, errors):
    """Over draws of both splits the coverage is ceil((n + 1) * 0.9) / (n + 1), whatever errors are."""
    draws, rng = 4000, np.random.default_rng(count)
    truth = errors.rvs(size=(draws, count + 1), random_state=rng)
    answers = np.full(count, 0.3)  # a model that is biased
    held = 0
    for row in truth:
        found = fit_intervals(answers[:, None], row[:count, None], 0.9)
        held += abs(0.3 - row[count]) <= found.half_widths[0]
    share = np.ceil((count + 1) * 0.9 - 1e-9) / (count + 1)
    assert 0.9 <= share < 0.9 + 1 / (count + 1)
    low, high = stats.binom.interval(0.9999, draws, share)
    assert low <= held <= high


def test_each_number_has_an_interval_in_its_unit():
    found = fit_intervals(ANSWERS, TRUTH, 0.9)
    again = fit_intervals(ANSWERS * [1000, 1], TRUTH * [1000, 1], 0.9)
    assert again.half_widths == pytest.approx((found.half_widths[0] * 1000, found.half_widths[1]))
    assert found.half_widths[0] == pytest.approx(1.645 * 10, rel=0.2) and found.examples == 200
    assert read_intervals(json.loads(json.dumps(found.as_dict())), 2) == found


def test_too_few_examples_give_none_and_say_so():
    found = fit_intervals(ANSWERS[:8], TRUTH[:8], 0.9)
    said = "8 validation examples are too few for a coverage of 0.9, which needs 9"
    assert found.half_widths == () and found.missing == said
    schema = NUMBERS.calibrated(TWO, found.served)
    evaluation = measure(ANSWERS, TRUTH, schema, IDS)
    assert said in str(evaluation) and evaluation.first.covered is None
    assert NUMBERS.decode(ANSWERS[0], schema, {}, 1).numbers[0].low is None
    assert NUMBERS.table_columns(schema, {}) == {"price": float, "area": float}
    assert NUMBERS.answering.confidence(found, ANSWERS, ANSWERS, TRUTH, "test").card().endswith(f"{said}.")


@pytest.mark.parametrize(
    "values",
    [
        {"coverage": 1.0, "half_widths": [1.0], "examples": 9},
        {"coverage": 0.9, "half_widths": [-1.0], "examples": 9},
        {"coverage": 0.9, "half_widths": [float("inf")], "examples": 9},
        {"coverage": 0.9, "half_widths": [1.0, 2.0], "examples": 9},
        {"coverage": 0.9, "half_widths": "1", "examples": 9},
        {"coverage": 0.9, "half_widths": [1.0], "examples": "9"},
    ],
)
def test_intervals_that_cannot_be_are_refused(values):
    with pytest.raises(ValueError, match="is "):
        read_intervals(values, 1)


def test_the_outputs_of_a_model_are_calibrated_in_the_units_of_the_data():
    outputs = ((ANSWERS - TWO.centres) / TWO.scales).astype("float32")
    found = NUMBERS.calibrate(outputs, TRUTH, TWO, Training(coverage=0.8))
    assert found.coverage == 0.8
    assert found.half_widths == pytest.approx(fit_intervals(ANSWERS, TRUTH, 0.8).half_widths, rel=1e-4)
    described = {"numbers": ["price", "area"], "means": [300.0, -1.0], "deviations": [50.0, 2.0]}
    schema, served = NUMBERS.described(described | {"units": ["EUR", "m2"]} | found.served)
    assert schema == TWO and schema.intervals == found and served == found.served
    with pytest.raises(ValueError, match="half_widths"):
        NUMBERS.described(described | {"intervals": {"coverage": 0.8, "half_widths": [1], "examples": 9}})


def test_scores_of_one_number_are_those_of_scikit_learn():
    found = measure(ANSWERS[:, :1], TRUTH[:, 0], ONE, IDS)
    truth, answers = TRUTH[:, 0], ANSWERS[:, 0]
    assert found.score == pytest.approx(metrics.mean_absolute_error(truth, answers))
    assert found.r2 == pytest.approx(metrics.r2_score(truth, answers))
    assert found.metrics["root mean squared error"] == pytest.approx(
        metrics.root_mean_squared_error(truth, answers)
    )
    assert found.of_the_mean == pytest.approx(np.abs(truth - 300).mean())
    assert "EUR" in str(found) and found.as_dict()["unit"] == "EUR"
    assert found.mistakes()[0] == np.abs(truth - answers).argmax()


def test_scores_of_several_numbers_are_of_each_and_of_all_in_standard_deviations():
    found = measure(ANSWERS, TRUTH, TWO, IDS)
    each = np.abs(ANSWERS - TRUTH).mean(axis=0)
    assert [column.error.value for column in found.columns] == pytest.approx(each)
    assert found.score == pytest.approx((each / [50, 2]).mean())
    assert found.r2 == pytest.approx(metrics.r2_score(TRUTH, ANSWERS))
    assert found.metrics["mean absolute error of area"] == pytest.approx(each[1])
    assert found.score_name == "mean absolute error in standard deviations"
    assert [NUMBERS.measured.kind_for(each) for each in (ONE, TWO)] == [NumberEvaluation, type(found)]
    assert [column["unit"] for column in found.as_dict()["columns"]] == ["EUR", "m2"]
    assert "price (EUR)" in str(found) and "area (m2)" in str(found)
    other = Numbers(("price", "area"), (300.0, -1.0), (50.0, 2.0), ("EUR", "ha"))
    assert "m2" in found.mismatch(measure(ANSWERS, TRUTH, other, IDS), "both").received


def test_coverage_is_measured_and_every_file_has_the_ends(tmp_path):
    schema = NUMBERS.calibrated(TWO, fit_intervals(ANSWERS[:100], TRUTH[:100], 0.9).served)
    found = measure(ANSWERS[100:], TRUTH[100:], schema, IDS[100:])
    half = np.array(schema.intervals.half_widths)
    inside = np.abs(ANSWERS[100:] - TRUTH[100:]) <= half
    for place, column in enumerate(found.columns):
        said = column.as_dict()["prediction_interval"]
        assert said["test_coverage"] == inside[:, place].mean() and said["mean_width"] == 2 * half[place]
        low, high = said["test_coverage_interval"]
        assert low < inside[:, place].mean() < high
    found.write(tmp_path)
    with open(tmp_path / "predictions.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row, answer in zip(rows, ANSWERS[100:], strict=True):
        assert float(row["price high"]) == pytest.approx(answer[0] + half[0], rel=1e-5)
        assert float(row["area low"]) == pytest.approx(answer[1] - half[1], rel=1e-4, abs=1e-5)
    assert json.loads((tmp_path / "metrics.json").read_text())["examples"] == 100
    grouped = Units("patient", np.repeat(np.arange(20), 5))
    drawn = type(found)(meant=schema, truth=found.truth, answers=found.answers, ids=found.ids, units=grouped)
    assert drawn.columns[0].covered.value == found.columns[0].covered.value
    assert drawn.columns[0].error.low != found.columns[0].error.low


def test_predictions_say_number_unit_and_interval():
    schema = NUMBERS.calibrated(
        TWO, {"intervals": {"coverage": 0.9, "half_widths": [20, 1.5], "examples": 99}}
    )
    found = NUMBERS.decode(np.array([310.0, 2.0], "float32"), schema, {}, 3)
    assert str(found).endswith("price 310 EUR (90 %: 290 to 330), area 2 m2 (90 %: 0.5 to 3.5)")
    assert found.values()["numbers"][1] == {
        "number": "area", "value": 2.0, "unit": "m2", "low": 0.5, "high": 3.5, "coverage": 0.9,
    }  # fmt: skip
    columns = NUMBERS.table_columns(schema, {})
    assert list(columns) == ["price", "price low", "price high", "area", "area low", "area high"]
    assert NUMBERS.table_row(np.array([310.0, 2.0]), schema, {}) == [310, 290, 330, 2, 0.5, 3.5]
    one = NUMBERS.decode(np.array([310.0], "float32"), ONE, {}, 3)
    assert one.values() == {"number": "price", "value": 310.0, "unit": "EUR"} and one.value == 310


def test_files_are_told_apart_in_the_units_of_the_data():
    off = ANSWERS + [5.0, 0.0]
    assert NUMBERS.agreement(off, ANSWERS, TWO).tolist() == [0.5] * 200
    assert NUMBERS.difference(off, ANSWERS, TWO) == pytest.approx(0.1)
    assert NUMBERS.answering.difference(off, ANSWERS, TWO) == "price 5 EUR, area 0 m2"


def test_answers_that_are_not_finite_are_no_evaluation():
    with pytest.raises(KerasftError, match="NaN or infinity"):
        measure(np.full((3, 2), np.nan), TRUTH[:3], TWO, IDS[:3])
