"""Progress of counted work: a bar where somebody looks at a terminal, a line a minute in a log file, else nothing."""

import io

import pytest

from kerasft.base import counter as counters
from kerasft.base.counter import counter


@pytest.fixture
def told(monkeypatch):
    """Makes stderr a terminal or a file, sets the clock, and gives what is written."""
    stream, clock = io.StringIO(), [0.0]
    monkeypatch.setattr(counters.time, "monotonic", lambda: clock[0])

    def at(seconds, terminal=False):
        clock[0] = seconds
        monkeypatch.setattr(
            "sys.stderr", stream
        )  # here, since pytest has one of its own for each part of a test
        stream.isatty = lambda: terminal
        return stream

    return at


def test_a_log_file_gets_a_line_a_minute(told):
    told(0.0)
    with counter("answering") as tell:
        for seconds in range(1, 200, 30):
            told(float(seconds))
            tell(seconds, 1000)
    lines = told(200.0).getvalue().splitlines()
    assert lines == [
        "answering: 61 of 1,000, about 15:39 left",
        "answering: 121 of 1,000, about 14:39 left",
        "answering: 181 of 1,000, about 13:39 left",
    ]


def test_quick_work_and_quiet_work_show_nothing(told):
    told(0.0, terminal=True)
    with counter("answering", after=3.0) as tell:
        told(2.0, terminal=True)
        tell(1, 2)
    with counter("answering", enabled=False) as tell:
        told(500.0)
        tell(1, 2)
    assert told(0.0).getvalue() == ""


def test_a_terminal_gets_one_bar_at_a_time(told, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    told(0.0, terminal=True)
    with counter("outer") as outer:
        outer(1, 2)
        with counter("inner") as inner:
            inner(1, 2)
        assert counters._Counter.drawn == 1
    assert counters._Counter.drawn == 0
    text = told(0.0).getvalue()
    assert "outer" in text and "inner" not in text
