"""Training by another objective than that of classes: nothing in it asks for an accuracy."""

import dataclasses

import keras
import numpy as np
import pytest

import kerasft
from kerasft.base.errors import Interrupted
from kerasft.cli.main import main
from kerasft.contract.objective import Better, Objective
from kerasft.tasks.image_classification.task import ImageClassification
from kerasft.training import phases as phases_of
from kerasft.training import session as fitting
from kerasft.training.checkpoint import read_checkpoint
from kerasft.training.history import read_history

PHASES = kerasft.two_phases(2, 1, head_learning_rate="auto")


@pytest.fixture(autouse=True)
def numbers(monkeypatch):
    """The images' task, with its outputs as numbers: squared errors, ranked by mean absolute error."""

    def objective(self, config, training):
        metrics = [keras.metrics.MeanAbsoluteError(name="mean_error"), keras.metrics.R2Score(name="r2")]
        return Objective("mse", metrics, (Better("mean_error", higher=False, least_gain=1e-4),), None)

    monkeypatch.setattr(ImageClassification, "objective", objective)


def begin(splits, folder, verbose=False):
    model = kerasft.build_model(
        "image_classification",
        backbone="starter",
        class_names=splits.class_names,
        image_size=16,
        weights=None,
    )
    training = kerasft.Training(batch_size=8, augment="none")
    return kerasft.fine_tune(model, splits, PHASES, folder, training, verbose=verbose)


@pytest.mark.slow
def test_a_run_has_the_metrics_of_its_task_and_goes_on_by_them(splits, tmp_path, monkeypatch, capsys):
    write = fitting.write_checkpoint

    def stopping(folder, state, variables):
        write(folder, state, variables)
        if state.epoch == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(fitting, "write_checkpoint", stopping)
        with pytest.raises(
            Interrupted, match=r"the best weights so far are the run's .validation mean error 0\.\d{4}"
        ):
            begin(splits, tmp_path / "run", verbose=True)
    said = capsys.readouterr().err
    assert "  mean error 0." in said.split("validation:")[0] and "accuracy" not in said
    run = kerasft.resume(tmp_path / "run", verbose=False)

    header = (run.run_dir / "history.csv").read_text().splitlines()[0]
    assert header == "phase,epoch,learning_rate,loss,mean_error,val_loss,val_mean_error,val_r2,seconds"
    rows = read_history(run.run_dir / "history.csv")
    best = {
        name: min(row.values("mean_error")[1] for row in rows if row.phase == name)
        for name in ("head", "tune")
    }
    reached = {name: each["metrics"] for name, each in run.result["phases"].items()}
    assert {name: list(each) for name, each in reached.items()} == dict.fromkeys(best, ["val_mean_error"])
    assert all(reached[name]["val_mean_error"] == pytest.approx(best[name], rel=1e-3) for name in best)
    assert run.result["best"] == min(best, key=best.get)  # lower is better
    assert all(np.isfinite(each["learning_rate"]) for each in run.result["phases"].values())

    assert main(["report", str(run.run_dir), "--output", str(tmp_path / "report.html")]) == 0
    page = (tmp_path / "report.html").read_text("utf-8")
    assert page.count("validation mean error</th>") == 2 and "mean_error over 3 epochs" in page


def test_a_checkpoint_of_another_objective_is_refused(splits, tmp_path, monkeypatch):
    def stop(session, index, saved=None):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(phases_of, "run_phase", stop)
        with pytest.raises(Interrupted, match="no epoch has ended yet"):
            begin(splits, tmp_path / "run")
    state, arrays = read_checkpoint(tmp_path / "run")
    by_two = dataclasses.replace(state, score=(0.5, -1.0))  # of a task that ranks by two metrics
    fitting.write_checkpoint(tmp_path / "run", by_two, arrays)
    with pytest.raises(kerasft.InputError, match="the checkpoint is of another plan"):
        kerasft.resume(tmp_path / "run", verbose=False)
