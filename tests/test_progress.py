"""The line of an epoch: how long this phase still takes, by its own epochs, and what comes after it."""

import pytest

from kerasft.history import Epoch
from kerasft.progress import Reporter


def row(phase, epoch, seconds):
    values = dict.fromkeys(("loss", "accuracy", "val_loss", "val_accuracy", "learning_rate"), 0.5)
    names = Epoch.__dataclass_fields__
    return Epoch(
        **{
            name: {"phase": phase, "epoch": epoch, "seconds": seconds}.get(name, values.get(name, 0.5))
            for name in names
        }
    )


@pytest.fixture
def reporter():
    return Reporter([("head", 5), ("tune", 10)], enabled=False)


def test_the_time_left_comes_from_the_phases_own_epochs(reporter, monkeypatch):
    lines = []
    monkeypatch.setattr(reporter.console, "print", lines.append)
    reporter.phase("head", 5, 1, 10)
    for epoch in (1, 2, 3):
        reporter.epoch(row("head", epoch, 4.0 if epoch == 1 else 0.1), 5)
    assert "at most 00:01 left in this phase, then phase tune (up to 10 epochs)" in lines[-1]
    reporter.phase("tune", 10, 3, 100)
    reporter.epoch(row("tune", 1, 12.0), 10)
    assert lines[-1].endswith("12.0 s, at most 01:48 left in this phase")
    reporter.epoch(row("tune", 2, 5.0), 10)
    assert lines[-1].endswith("at most 00:40 left in this phase"), "the first one traced the graph"
    reporter.epoch(row("tune", 10, 5.0), 10)
    assert lines[-1].endswith("5.0 s, the last one")


def test_the_end_of_a_phase_is_not_the_end_of_the_run(reporter, monkeypatch):
    lines = []
    monkeypatch.setattr(reporter.console, "print", lines.append)
    reporter.phase("head", 5, 1, 10)
    reporter.epoch(row("head", 5, 1.0), 5)
    assert lines[-1].endswith("the last one, then phase tune (up to 10 epochs)")
