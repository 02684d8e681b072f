"""The phases, on the real small backbone with 16-pixel images. One shared run; the rest in few epochs."""

import dataclasses
import json
import shutil
from types import SimpleNamespace

import keras
import numpy as np
import pytest

import kerasft
from kerasft.runs.folder import new_run_dir
from kerasft.runs.starting import start_from
from kerasft.training.history import read_history
from tests import toy_backbone


def build(splits, **changes):
    arguments = {"backbone": "starter", "class_names": splits.class_names, "image_size": 16, **changes}
    return kerasft.build_model("image_classification", **arguments)


QUICK = kerasft.Training(batch_size=8, augment="none")


@pytest.fixture(scope="module")
def model(splits):
    return build(splits)


def weights_of(layer):
    return {variable.path: variable.numpy().copy() for variable in layer.weights}


FILES = [
    "best.weights.safetensors", "calibration.json", "config.json", "head.weights.safetensors", "history.csv",
    "history.png", "labels.txt", "result.json", "splits.csv",
]  # fmt: skip


def test_the_run_folder_holds_exactly_these_files(run):
    files = sorted(path.name for path in run.run_dir.iterdir())
    assert files == [*FILES, "tune.weights.safetensors"]
    assert (run.run_dir / "labels.txt").read_text() == "circle\nnoise\nstripes\n"
    config = json.loads((run.run_dir / "config.json").read_text())
    assert config["model"]["backbone"] == "starter"
    assert config["training"]["batch_size"] == 8
    assert [phase["name"] for phase in config["phases"]] == ["head", "tune"]
    assert config["versions"]["keras"] == keras.__version__


def test_it_learns(run, splits):
    assert kerasft.evaluate(run).accuracy >= 0.75  # three balanced classes: chance is 0.33


def test_the_history_has_a_row_per_epoch_with_its_phase(run):
    rows = read_history(run.run_dir / "history.csv")
    assert [(row.phase, row.epoch) for row in rows] == [
        ("head", 1),
        ("head", 2),
        ("head", 3),
        ("tune", 1),
        ("tune", 2),
    ]
    assert [row.learning_rate for row in rows[:3]] == pytest.approx([1e-2] * 3)
    assert rows[-1].learning_rate == pytest.approx(0.0, abs=1e-8)  # the end of the cosine


def test_the_best_weights_are_the_best_of_all_phases(run):
    rows = read_history(run.run_dir / "history.csv")
    best = max(rows, key=lambda row: (row.metrics["val_accuracy"], -row.metrics["val_log_loss"]))
    result = run.result["phases"][run.result["best"]]["metrics"]
    assert list(result) == ["val_accuracy", "val_log_loss"]  # in the order in which they rank epochs
    assert result["val_accuracy"] == pytest.approx(best.metrics["val_accuracy"], abs=1e-5)
    assert result["val_log_loss"] == pytest.approx(best.metrics["val_log_loss"], abs=1e-3)
    assert run.weights_path().read_bytes() == run.at(run.result["best"]).weights_path().read_bytes()


def test_the_reloaded_model_gives_the_recorded_validation_result(run, splits):
    model = run.load_model()
    logits = model.predict(splits.validation.images, verbose=0)
    accuracy = np.mean(logits.argmax(1) == splits.validation.labels)
    assert accuracy == pytest.approx(run.result["phases"][run.result["best"]]["metrics"]["val_accuracy"])


def test_the_weights_file_holds_the_weights_and_no_optimizer(run):
    size = run.load_model().count_params() * 4
    assert size < run.weights_path().stat().st_size < size + 200_000


@pytest.fixture(scope="module")
def phases(run, model):
    """The weights before the shared run, after its first phase and after its second, by path."""
    after = {name: weights_of(run.at(name).load_model()) for name in ("head", "tune")}
    return {"before": weights_of(model), **after}


def changed_between(first, second):
    assert first.keys() == second.keys()
    return {path for path in first if not np.array_equal(first[path], second[path])}


def test_the_head_phase_changes_nothing_of_the_backbone(phases):
    changed = changed_between(phases["before"], phases["head"])
    assert {path.split("/")[0] for path in changed} == {"logits"}


def test_tuning_changes_the_upper_blocks_and_never_batch_normalization(run, model, phases):
    changed = changed_between(phases["head"], phases["tune"])
    trained = run.result["phases"]["tune"]["trained_layers"]
    layers = [layer for layer in model.get_layer("backbone").layers if layer.weights]
    assert 1 < len({path.split("/")[-2] for path in changed} - {"logits"})
    assert {path.split("/")[-2] for path in changed} <= set(trained)
    normalization = [layer for layer in layers if "BatchNorm" in type(layer).__name__]
    assert normalization
    for layer in (*normalization, layers[0]):
        assert not changed & set(weights_of(layer))
    assert 1 < len(trained) < len(layers)


class Seen(keras.callbacks.Callback):
    """Writes down what it is shown at the end of each epoch."""

    def __init__(self):
        super().__init__()
        self.epochs = []

    def on_epoch_end(self, epoch, logs=None):
        rate = float(self.model.optimizer.learning_rate)
        self.epochs.append((epoch, self.model, rate, {"loss", "val_loss", "val_accuracy"} <= set(logs)))


class Failing(keras.callbacks.Callback):
    """Fails in its second epoch."""

    def on_epoch_begin(self, epoch, logs=None):
        if epoch:
            raise ConnectionError("the server is gone")


def test_early_stopping_ends_a_phase_and_keeps_its_best(splits, tmp_path):
    phase = kerasft.Phase("head", 0, epochs=8, learning_rate=1e-9, patience=2)  # too slow to get better
    model = build(splits, backbone=toy_backbone.register())
    seen = Seen()
    run = kerasft.fine_tune(
        model, splits, [phase], tmp_path / "run", QUICK, callbacks=[Failing(), seen], verbose=False
    )
    result = run.result["phases"]["head"]
    assert result["epochs"] <= result["best_epoch"] + 2
    assert result["epochs"] < 8
    assert [epoch for epoch, *_ in seen.epochs] == list(range(result["epochs"]))
    for _, shown, rate, complete in seen.epochs:  # the whole model, though the head alone is fitted
        assert shown is model and rate == pytest.approx(1e-9) and complete
    assert run.config["callbacks"] == ["Failing", "Seen"]
    assert sorted(path.name for path in run.run_dir.iterdir()) == FILES


def test_a_loss_that_is_not_finite_stops_with_the_cause(splits, tmp_path):
    phases = [kerasft.Phase("head", 0, 3, learning_rate=10.0)]
    model = build(splits, backbone=toy_backbone.register())
    kernel, bias = model.get_layer("logits").get_weights()
    model.get_layer("logits").set_weights([kernel * np.nan, bias])
    with pytest.raises(
        kerasft.KerasftError,
        match="the loss became nan in epoch 1 of phase 'head', batch 6 of 6 .or up to 5 before.. Most often the learn",
    ):
        kerasft.fine_tune(model, splits, phases, tmp_path / "run", QUICK, verbose=False)
    assert not (tmp_path / "run" / "best.weights.safetensors").exists()


def test_all_problems_of_a_plan_come_before_anything_is_written(splits, model, tmp_path):
    phases = [kerasft.Phase("he/ad", 0, 0), kerasft.Phase("tune", "no_such_layer", 1, -1.0)]
    wild = kerasft.Training(batch_size=1000, augment="wild")
    with pytest.raises(kerasft.InputError) as caught:
        kerasft.fine_tune(model, splits, phases, tmp_path / "run", wild, callbacks=[Seen, "wandb"])
    text = str(caught.value)
    parts = (
        "'he/ad'",
        "--epochs must be at least 1",
        "no_such_layer",
        "callbacks holds something else (received: 'wandb')",
        "--learning-rate must be greater than 0",
        "--augment is not one of",
        "--batch-size is larger than the training split (42 examples)",
    )
    assert [part for part in parts if part not in text] == []
    assert not (tmp_path / "run").exists()


def test_data_of_other_classes_is_refused(splits, tmp_path):
    model = kerasft.build_model(
        "image_classification", backbone="starter", class_names=["a", "b"], image_size=16
    )
    with pytest.raises(kerasft.InputError, match="the data and the model have other classes"):
        kerasft.fine_tune(model, splits, run_dir=tmp_path / "run")


def test_a_model_from_elsewhere_is_refused(splits, tmp_path):
    plain = keras.Sequential([keras.Input((16, 16, 3)), keras.layers.Flatten(), keras.layers.Dense(3)])
    with pytest.raises(kerasft.InputError, match="does not come from build_model"):
        kerasft.fine_tune(plain, splits, run_dir=tmp_path / "run")


def test_a_run_is_never_silently_replaced_and_anything_else_never_at_all(run, tmp_path):
    (tmp_path / "canary").write_text("mine")
    for overwrite in (False, True):
        with pytest.raises(kerasft.InputError, match="not empty and not a run"):
            new_run_dir(tmp_path, "unused", overwrite)
    assert (tmp_path / "canary").read_text() == "mine"
    with pytest.raises(kerasft.InputError, match="add --overwrite"):
        new_run_dir(run.run_dir, "unused")
    assert (run.run_dir / "config.json").is_file()


def test_default_run_folders_are_numbered(tmp_path):
    default = str(tmp_path / "digits-starter")
    assert [new_run_dir(None, default).name for _ in range(3)] == [
        "digits-starter", "digits-starter-2", "digits-starter-3",
    ]  # fmt: skip


def test_a_later_run_starts_from_an_earlier_one_with_other_classes(run, splits):
    model = kerasft.build_model(
        "image_classification",
        backbone="starter",
        class_names=["new", "stripes", "circle"],
        image_size=16,
        weights=None,
    )
    shared = start_from(model, run.run_dir)
    assert shared == ("stripes", "circle")
    earlier = run.load_model()
    stripes = splits.test.images[splits.test.labels == 2].astype("float32")
    old, new = earlier(stripes, training=False), model(stripes, training=False)
    np.testing.assert_allclose(new[:, 1], old[:, 2], rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(new[:, 2], old[:, 0], rtol=1e-5, atol=1e-5)


def test_starting_from_another_backbone_is_refused(run):
    other = dataclasses.replace(run.model_config, backbone="mobilenet_v3_small")
    with pytest.raises(kerasft.InputError, match="use --backbone starter"):
        start_from(SimpleNamespace(kerasft=other), run)


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_ends_in_the_same_float32_model(splits, tmp_path, precision):
    model = build(splits, precision=precision)
    run = kerasft.fine_tune(model, splits, kerasft.two_phases(2, 1), tmp_path / "run", QUICK, verbose=False)
    rebuilt = run.load_model()
    assert rebuilt.compute_dtype == "float32"
    assert model.get_layer("dropout").compute_dtype == precision.removeprefix("mixed_")
    np.testing.assert_allclose(
        rebuilt.predict(splits.test.images, verbose=0), model.predict(splits.test.images, verbose=0), atol=0.3
    )


@pytest.mark.slow
def test_callbacks_of_ones_own_work_through_all_phases_and_after_a_stop(splits, tmp_path, capsys):
    phases, path, made = kerasft.two_phases(2, 3), tmp_path / "run", []

    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 3:
                raise KeyboardInterrupt

    class StopPhase(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.stop_training = epoch == 3

    def of_phase(phase):
        made.append(phase.name)
        return keras.callbacks.ModelCheckpoint(tmp_path / f"{phase.name}-{{epoch}}.keras")

    board = keras.callbacks.TensorBoard(tmp_path / "board", write_graph=False)
    with pytest.raises(kerasft.base.errors.Interrupted):
        kerasft.fine_tune(
            build(splits), splits, phases, path, QUICK, callbacks=[board, of_phase, Stop(), Failing()]
        )
    said = capsys.readouterr().err
    assert (
        said.count("the callback Failing failed in on_epoch_begin and is left out: the server is gone") == 2
    )
    assert made == ["head", "tune"] and len(list((tmp_path / "board").rglob("events*"))) >= 2
    assert sorted(each.name for each in tmp_path.glob("*.keras")) == [
        "head-1.keras",
        "head-2.keras",
        "tune-3.keras",
        "tune-4.keras",
    ]
    shutil.copytree(path, tmp_path / "copy")
    kerasft.resume(tmp_path / "copy", splits)
    said = capsys.readouterr().err
    assert "it had callbacks (TensorBoard, of_phase, Stop, Failing), which kerasft.resume(callbacks=" in said
    run = kerasft.resume(path, splits, callbacks=[StopPhase()], verbose=False)
    assert run.result["phases"]["tune"]["epochs"] == 2
    whole = keras.models.load_model(tmp_path / "tune-4.keras")
    assert whole.input_shape == (None, 16, 16, 3) and whole.output_shape == (None, 3)


@pytest.mark.slow
def test_layer_decay_trains_and_records_the_rate_of_the_head(splits, tmp_path):
    phase = kerasft.Phase("tune", "all", 1, 1e-3, layer_decay=0.1)
    training = dataclasses.replace(QUICK, optimizer="lion")  # whose steps are as large as the rate
    model = build(splits)
    before = weights_of(model.get_layer("backbone"))
    run = kerasft.fine_tune(model, splits, [phase], tmp_path / "run", training, verbose=False)
    assert read_history(run.run_dir / "history.csv")[0].learning_rate == pytest.approx(1e-3)
    now = weights_of(model.get_layer("backbone"))
    kernels = [np.abs(now[path] - before[path]).max() for path in now if path.endswith("kernel")]
    assert kernels[-1] > 1e-4 and kernels[0] < 1e-3 * kernels[-1]  # the top block's, and the lowest's
