"""The line of an epoch: how long this phase still takes, by its own epochs, and what comes after it."""

import pytest

from kerasft.training.history import Epoch
from kerasft.training.progress import Reporter


def row(phase, epoch, seconds):
    metrics = {"accuracy": 0.75, "val_accuracy": 0.625, "val_log_loss": 0.5}
    return Epoch(phase, epoch, 1e-3, seconds, loss=0.25, val_loss=1 / 3, metrics=metrics)


@pytest.fixture
def reporter():
    return Reporter([("head", 5), ("tune", 10)], enabled=False, then="evaluation, export and report")


def test_the_time_left_comes_from_the_phases_own_epochs(reporter, monkeypatch):
    lines = []
    monkeypatch.setattr(reporter.console, "print", lines.append)
    reporter.phase("head", 5, ["logits"], 10)
    for epoch in (1, 2, 3):
        reporter.epoch(row("head", epoch, 4.0 if epoch == 1 else 0.1), 5)
    assert "at most 00:01 left in this phase, then phase tune (up to 10 epochs)" in lines[-1]
    reporter.phase("tune", 10, ["a", "b", "logits"], 100)
    reporter.epoch(row("tune", 1, 12.0), 10)
    assert lines[-1].endswith("12.0 s, at most 01:48 left in this phase, then evaluation, export and report")
    reporter.epoch(row("tune", 2, 5.0), 10)
    assert "at most 00:40 left in this phase, then evaluation" in lines[-1], "the first one traced the graph"
    reporter.epoch(row("tune", 10, 5.0), 10)
    assert lines[-1].endswith("5.0 s, the last epoch of this phase, then evaluation, export and report")


def test_the_end_of_a_phase_is_not_the_end_of_the_run(reporter, monkeypatch):
    lines = []
    monkeypatch.setattr(reporter.console, "print", lines.append)
    reporter.phase("head", 5, ["logits"], 10)
    reporter.epoch(row("head", 5, 1.0), 5)
    assert lines[-1].endswith("the last epoch of this phase, then phase tune (up to 10 epochs)")


def test_one_epoch_is_one_and_nothing_is_said_of_what_is_not_known(monkeypatch):
    reporter, lines = Reporter([("head", 1)], enabled=False), []
    monkeypatch.setattr(reporter.console, "print", lines.append)
    reporter.phase("head", 1, ["logits"], 10)
    reporter.epoch(row("head", 1, 1.0), 1)
    reporter.end_phase(1, 1)
    assert lines[0] == "phase head: up to 1 epoch, 1 layer trains (10 parameters)"
    assert lines[1] == (
        "  head   1/1  loss 0.2500  accuracy 0.7500  validation: loss 0.3333  accuracy 0.6250  "
        "1.0 s, the last epoch of this phase"
    )
    assert lines[2] == "  best in epoch 1, stopped 1 epoch early"
