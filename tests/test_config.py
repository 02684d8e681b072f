import dataclasses
import math

import pytest

from kerasft.base.errors import InputError
from kerasft.base.options import option_of
from kerasft.contract.plan import Fitting, Phase, Training, TwoPhases, check, from_dict, to_dict, two_phases
from kerasft.tasks.image_classification.config import ModelConfig


def texts(problems):
    return [str(problem) for problem in problems]


def test_defaults_have_no_problems():
    assert check(Training()) == []
    assert [check(phase) for phase in two_phases()] == [[], []]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"batch_size": 0}, "--batch-size must be at least 1 (received: 0); give a number at least 1"),
        ({"batch_size": 2.5}, "--batch-size must be a whole number (received: 2.5); give a whole number"),
        ({"batch_size": True}, "--batch-size must be a whole number (received: True); give a whole number"),
        (
            {"weight_decay": -0.1},
            "--weight-decay must be at least 0 (received: -0.1); give a number at least 0",
        ),
        (
            {"label_smoothing": 1.0},
            "--label-smoothing must be less than 1 (received: 1.0); give a number less than 1",
        ),
        (
            {"label_smoothing": math.nan},
            "--label-smoothing must be a finite number (received: nan); give a number",
        ),
        (
            {"optimizer": "adamww"},
            "--optimizer is not one of adamw, adam, sgd, rmsprop, lion (received: 'adamww'); did you mean 'adamw'?",
        ),
        ({"seed": "7"}, "--seed must be a whole number (received: '7'); give a whole number"),
    ],
)
def test_each_bad_value_gets_one_line(change, text):
    assert texts(check(dataclasses.replace(Training(), **change))) == [text]


def test_another_default_keeps_help_and_limits():
    @dataclasses.dataclass(frozen=True)
    class Slower(TwoPhases):
        tune_epochs: int = 50
        own: int = 3

    assert Slower().phases()[1].epochs == 50
    assert option_of(Slower, "tune_epochs") == option_of(TwoPhases, "tune_epochs") != {}
    assert option_of(Slower, "own") == option_of(Slower, "not_there") == {}
    assert texts(check(Slower(tune_epochs=-1))) == [
        "--tune-epochs must be at least 0 (received: -1); give a number at least 0"
    ]


def test_settings_of_a_recipe_become_the_plan():
    recipe = Fitting(batch_size=8, seed=3)  # what no augmentation has: the rest is the default
    assert recipe.training(seed=4) == Training(batch_size=8, seed=4)
    assert TwoPhases(3, 0, patience=9).phases() == two_phases(3, 0, patience=9)
    assert TwoPhases().phases() == two_phases()


def test_all_problems_are_found_at_once():
    assert len(check(Training(batch_size=0, augment="lots", seed=-1))) == 3


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"epochs": 0}, "--epochs"),
        ({"learning_rate": -1.0}, "greater than 0"),
        ({"learning_rate": math.inf}, "finite"),
        ({"warmup": 1.0}, "--warmup"),
        ({"unfreeze": None}, "--unfreeze must be a number or a whole number or a text"),
    ],
)
def test_phases_are_checked(change, word):
    (problem,) = check(dataclasses.replace(Phase("head"), **change))
    assert word in str(problem)


def test_a_config_survives_json():
    config = ModelConfig("starter", ("a", "b"), image_size=32)
    assert from_dict(ModelConfig, to_dict(config)) == config
    assert to_dict(config)["class_names"] == ["a", "b"]


def test_unknown_and_missing_keys_are_named_together():
    with pytest.raises(InputError) as caught:
        from_dict(ModelConfig, {"backbone": "starter", "image_siz": 32})
    assert str(caught.value) == (
        "ModelConfig has no key 'image_siz'; did you mean 'image_size'?\n"
        "ModelConfig lacks the key 'class_names'; add it"
    )


def test_a_wrong_type_in_json_is_refused():
    with pytest.raises(InputError, match="--image-size must be a whole number"):
        from_dict(ModelConfig, {"backbone": "starter", "class_names": ["a", "b"], "image_size": "32"})


def test_a_phase_of_no_epochs_is_left_out():
    assert [phase.name for phase in two_phases(3, 0)] == ["head"]
    assert [phase.name for phase in two_phases(0, 3)] == ["tune"]
    head, tune = two_phases(3, 4, unfreeze="all", head_learning_rate=0.1, tune_learning_rate=0.2, patience=9)
    assert (head.unfreeze, head.epochs, head.learning_rate, head.patience) == (0, 3, 0.1, 9)
    assert (tune.unfreeze, tune.epochs, tune.learning_rate, tune.patience) == ("all", 4, 0.2, 9)
