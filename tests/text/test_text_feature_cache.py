"""The feature cache of text encoders: dropout is silent in what is frozen, and masks cross the cut."""

import csv
import dataclasses

import pytest

import kerasft
from kerasft.training.history import read_history
from tests.floats import assert_same_training, move


def train(preset, splits, folder, place, moved=False):
    model = kerasft.build_model(
        "text_classification", backbone=str(preset), class_names=splits.class_names, sequence_length=16
    )
    if moved:
        move(model)
    # Adam steps as far for a gradient that rounding left of nothing as for a large one; SGD leaves rounding small
    phases = kerasft.two_phases(2, 2, unfreeze=1, head_learning_rate=1e-1, tune_learning_rate=1e-2)
    training = kerasft.Training(batch_size=8, feature_cache=place, optimizer="sgd")
    run = kerasft.fine_tune(model, splits, phases, folder, training, verbose=False)
    rows = read_history(run.run_dir / "history.csv")
    return model.get_weights(), [dataclasses.replace(row, seconds=0) for row in rows], run


@pytest.fixture(scope="module")
def text_splits(tmp_path_factory, toys):
    path = tmp_path_factory.mktemp("texts") / "table.csv"
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        for number in range(40):
            writer.writerow(
                [f"{toys.sentences[number % 8]} {'x ' * (number // 8)}{number}", "ab"[number % 2]]
            )
    return kerasft.read_texts(path)


def compare(preset, splits, folder):
    whole, kept = (train(preset, splits, folder / place, place) for place in ("off", "memory"))
    moved = train(preset, splits, folder / "moved", "memory", moved=True)
    assert "in memory" in kept[2].result["phases"]["tune"]["features"]
    assert_same_training(f"feature cache of {preset.name}", kept[:2], whole[:2], moved[:2])


@pytest.mark.slow
@pytest.mark.turns(3)
def test_the_result_is_that_of_the_whole_model_for_all_families(toy_preset, text_splits, tmp_path):
    from keras_hub.models import RobertaBackbone

    if toy_preset[0].name == "xlm_roberta":  # the network is RoBERTa's
        assert isinstance(toy_preset[1], RobertaBackbone)
    else:
        compare(toy_preset[0], text_splits, tmp_path)
