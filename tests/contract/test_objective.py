"""How epochs are ranked, for metrics of which more or less is better."""

import pytest

from kerasft.contract.objective import Better, Objective
from kerasft.targets.classes.head import classification_objective

NUMBERS = Objective(
    "mse", ["mae"], (Better("mae", higher=False, least_gain=0.1), Better("r2", higher=True)), None
)


def logs(mae, r2):
    return {"loss": 1.0, "mae": 0.0, "r2": 0.0, "val_loss": 1.0, "val_mae": mae, "val_r2": r2}


@pytest.mark.parametrize(
    ("one", "best", "better"),
    [
        ((1.0, 0.0), (2.0, 0.9), True),  # the first metric decides
        ((2.0, 0.9), (1.0, 0.0), False),
        ((1.95, 0.9), (2.0, 0.0), False),  # too small a gain is none, and not equal either
        ((2.0, 0.9), (2.0, 0.8), True),  # where it is equal, the next
        ((2.0, 0.9), (2.0, 0.9), False),
    ],
)
def test_metrics_decide_in_their_order(one, best, better):
    assert NUMBERS.beats(NUMBERS.score(logs(*one)), NUMBERS.score(logs(*best))) is better


def test_a_score_is_the_metrics_with_a_sign():
    score = NUMBERS.score(logs(0.5, 0.25))
    assert score == (-0.5, 0.25) and NUMBERS.values(score) == {"val_mae": 0.5, "val_r2": 0.25}


def test_the_history_keeps_one_metric_of_training_and_all_of_validation():
    assert list(NUMBERS.recorded(logs(0.5, 0.25))) == ["mae", "val_mae", "val_r2"]
    by_loss = Objective("mse", [], (Better("loss", higher=False),), None)
    assert by_loss.recorded({"loss": 1.0, "val_loss": 2.0}) == {}
    assert by_loss.score({"loss": 1.0, "val_loss": 2.0}) == (-2.0,)


def test_that_of_classes():
    found = classification_objective(4)
    assert [each.logged for each in found.better] == ["val_accuracy", "val_log_loss"]
    assert found.chance == pytest.approx(1.386294)
    assert set(found.compiled()) == {"loss", "metrics", "weighted_metrics"}
