"""The sweep on a model: it leaves no trace, and what it finds trains."""

import json

import keras
import numpy as np
import pytest

import kerasft
from kerasft.base.errors import InputError, Interrupted
from kerasft.cli.main import main
from kerasft.training import phases
from kerasft.training import session as fitting
from kerasft.training.freezing import random_states
from kerasft.training.optimizers import learning_rate_setter, make_optimizer
from tests import toy_backbone

AUTO = kerasft.two_phases(2, 2, unfreeze=2, head_learning_rate="auto", tune_learning_rate="auto")


def new_model(splits):
    return kerasft.build_model(
        "image_classification",
        backbone=toy_backbone.register(),
        class_names=splits.class_names,
        image_size=16,
    )


def everything(model):
    variables = [*model.variables, *random_states(model)]
    layers = [model, *model._flatten_layers(include_self=False)]
    return [np.array(keras.ops.convert_to_numpy(each)) for each in variables], [
        each.trainable for each in layers
    ]


@pytest.mark.parametrize(
    ("place", "decay"),
    [("auto", 1.0), *(pytest.param(place, 0.5, marks=pytest.mark.slow) for place in ("auto", "off"))],
)
def test_it_leaves_weights_states_flags_and_compilation_as_they_were(place, decay, splits):
    """With decay there is an optimizer for each layer, and a second sweep says the same: that takes ten seconds."""
    model = new_model(splits)
    model.get_layer("backbone").layers[3].trainable = False  # a user's own choice
    model.compile(optimizer="sgd", loss="mse")
    before, optimizer = everything(model), model.optimizer
    training = kerasft.Training(batch_size=8, augment="none", feature_cache=place, optimizer="adamw")
    phase = kerasft.Phase("tune", 2, 4, "auto", layer_decay=decay)
    found = kerasft.find_learning_rate(model, splits, phase, training, verbose=False)
    after = everything(model)
    for one, other in zip(before[0], after[0], strict=True):
        np.testing.assert_array_equal(one, other)
    assert before[1] == after[1] and model.optimizer is optimizer
    assert found.usable and 1e-5 <= found.suggestion <= 1e-2
    assert found.losses[0] == pytest.approx(np.log(3), abs=0.05)  # the head begins at zero
    assert np.nanmin(found.smoothed) < 0.8 * np.log(3)
    if decay < 1:
        again = kerasft.find_learning_rate(model, splits, phase, training, verbose=False)
        np.testing.assert_array_equal(found.losses, again.losses)


def test_the_setter_keeps_the_ratios_of_layer_decay(splits):
    model = new_model(splits)
    from kerasft.training import freezing

    freezing.set_trainable(model, 2)
    phase = kerasft.Phase("tune", 2, 1, 1e-3, layer_decay=0.5)
    optimizer = make_optimizer("adamw", phase, 1, 0.0, freezing.depths(model))
    optimizer.build(model.trainable_variables)
    learning_rate_setter(optimizer)(0.08)
    rates = sorted({round(float(each.learning_rate), 6) for each in optimizer.optimizers}, reverse=True)
    assert rates[:3] == [0.08, 0.04, 0.02]


def test_a_plan_that_can_not_work_is_refused(splits):
    with pytest.raises(InputError, match="--batch-size is larger"):
        kerasft.find_learning_rate(new_model(splits), splits, AUTO[0], kerasft.Training(batch_size=99))
    with pytest.raises(InputError, match=r"--learning-rate must be a number or auto \(received: 'fast'\)"):
        kerasft.find_learning_rate(new_model(splits), splits, kerasft.Phase("head", learning_rate="fast"))


def begin(splits, folder):
    settings = kerasft.Training(batch_size=8, augment="none")
    return kerasft.fine_tune(new_model(splits), splits, AUTO, folder, settings, verbose=False)


@pytest.fixture(scope="module")
def whole(splits, tmp_path_factory):
    return begin(splits, tmp_path_factory.mktemp("auto") / "run")


@pytest.mark.slow
def test_a_run_records_the_rates_it_looked_for(whole):
    phases = whole.result["phases"]
    assert all(each["learning_rate"] > 0 and each["learning_rate_choice"] for each in phases.values())
    assert phases["head"]["learning_rate"] != phases["tune"]["learning_rate"]
    rows = (whole.run_dir / "history.csv").read_text().splitlines()[1:]
    assert float(rows[0].split(",")[2]) == pytest.approx(phases["head"]["learning_rate"], rel=1e-4)
    assert (whole.run_dir / "learning_rate_tune.png").stat().st_size > 5000
    assert f"{phases['head']['learning_rate']:g}" in json.dumps(phases)


@pytest.mark.slow
@pytest.mark.turns(3)
@pytest.mark.parametrize("stop_at", [(0, 0, 1), (1, 0, 0), (1, 1, 1)])
def test_a_resumed_run_has_the_same_rates_and_is_bit_equal(stop_at, whole, splits, tmp_path, monkeypatch):
    """Stopped after a sweep, within a phase, and between phases, before the sweep of the second."""
    write = fitting.write_checkpoint
    phase, epoch, swept = stop_at

    def stopping(folder, state, variables):
        write(folder, state, variables)
        if (state.phase, state.epoch, len(state.rates)) == (phase, epoch, phase + swept):
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(fitting, "write_checkpoint", stopping)
        with pytest.raises(Interrupted):
            begin(splits, tmp_path / "run")
    if swept and phase:  # the rate comes from the state, not from a second sweep
        monkeypatch.setattr(phases, "sweep_phase", None)
    run = kerasft.resume(tmp_path / "run", verbose=False)
    for name, values in whole.result["phases"].items():
        mine = run.result["phases"][name]
        assert {k: v for k, v in mine.items() if k != "seconds"} == {
            k: v for k, v in values.items() if k != "seconds"
        }
        for one, other in zip(
            run.at(name).load_model().get_weights(), whole.at(name).load_model().get_weights(), strict=True
        ):
            np.testing.assert_array_equal(one, other)


@pytest.mark.slow
def test_the_command_sweeps_both_phases(pictures, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    command = ["lr-find", "image-classification", "--data", str(pictures), "--backbone", "starter",
               "--image-size", "16", "--batch-size", "8", "--head-epochs", "1", "--augment", "none"]  # fmt: skip
    assert main([*command, "--json"]) == 0
    printed = capsys.readouterr()
    found = json.loads(printed.out)["phases"]
    assert list(found) == ["head", "tune"] and all(each["suggestion"] > 0 for each in found.values())
    assert (
        tmp_path / "learning_rates" / "tune.png"
    ).is_file() and "train with: --head-learning-rate" in printed.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["learning_rates"]  # no run is left behind


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            ["pretrain-backbone"],
            "no such recipe with phases (received: pretrain-backbone); give one of image",
        ),
        (
            ["image-classification", "--head-learning-rate", "fast"],
            "--head-learning-rate must be a number or auto",
        ),
        (["image-classification", "--phase", "third"], "invalid choice: 'third'"),
        (["image-classification", "--run-dir", "x"], "unknown argument (received: --run-dir)"),
        (["image-classification", "--output", __file__], "the output is a file"),
    ],
)
def test_bad_input_is_refused(more, said, capsys):
    assert main(["lr-find", *more]) == 2
    assert said in capsys.readouterr().err


def test_one_flag_sets_the_rates_of_all_phases():
    from kerasft.cli.flags import Parser, add_flags, config_from_texts
    from kerasft.cli.recipes import find_recipe

    kind = find_recipe("image-classification").Config
    parser = Parser()
    add_flags(parser, kind)
    values = vars(parser.parse_args(["--learning-rate", "auto", "--tune-learning-rate", "1e-4"]))
    config = config_from_texts(kind, values)
    assert (config.head_learning_rate, config.tune_learning_rate) == ("auto", 1e-4)
