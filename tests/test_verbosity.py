"""How much is told on stderr: by a flag of each command, or by a variable; results and errors are told at any level."""

import io
import os
import sys

import pytest

from kerasft.base import telling as telling_file
from kerasft.base import terminal, verbosity
from kerasft.base.counter import counter
from kerasft.base.errors import InputError, Problem
from kerasft.base.quiet import quiet
from kerasft.base.telling import step, tell, telling
from kerasft.base.terminal import console
from kerasft.cli.guard import guarded
from kerasft.cli.parser import Parser
from kerasft.training.history import Epoch
from kerasft.training.progress import Reporter


def told(flags, work, capsys):
    """Returns exit code, stdout and stderr of a command."""
    code = guarded(lambda: Parser(prog="kerasft try").verb(flags, lambda arguments: work()))
    return code, *capsys.readouterr()


def train():
    reporter = Reporter([("head", 2)])
    reporter.phase("head", 2, ["own_head", "logits"], 10)
    reporter.note("features: kept")
    reporter.warn("the callback failed")
    reporter.epoch(Epoch("head", 1, 1e-3, 0.5, loss=0.25, val_loss=0.3, metrics={}), 2)
    tell("export int8: converting")
    tell("  written", detail=True)
    print("accuracy 0.5")


@pytest.mark.parametrize(
    ("flags", "wanted", "missing"),
    [
        (["-q"], ["note: the callback failed"], ["phase", "features", "loss", "export", "written"]),
        ([], ["phase head", "features", "loss", "export int8", "note: "], ["these train", "written", "rate"]),
        (
            ["--verbose"],
            ["these train: own_head, logits", "export int8", "written", "learning rate 0.001"],
            [],
        ),
    ],
)
def test_a_level_shows_what_it_says_and_all_show_warnings_and_results(flags, wanted, missing, capsys):
    code, out, err = told(flags, train, capsys)
    assert (code, out) == (0, "accuracy 0.5\n")
    assert [each for each in wanted if each not in err] == [] and [
        each for each in missing if each in err
    ] == []


@pytest.mark.parametrize(
    ("flags", "seconds", "told_of"),
    [([], 3.0, False), ([], 30.0, True), (["-v"], 3.0, True), (["-q"], 30.0, False)],
)
def test_a_log_file_hears_of_steps_that_took_long(flags, seconds, told_of, capsys, monkeypatch):
    clock = iter([0.0, seconds])

    def export():
        monkeypatch.setattr(telling_file.time, "monotonic", lambda: next(clock))
        with step("converting to int8", "converted"):
            pass

    err = told(flags, export, capsys)[2]
    assert err == (f"  converted ({seconds} s)\n" if told_of else "")


def test_a_terminal_shows_the_step_that_is_at_work_and_what_is_told_takes_its_place(monkeypatch):
    stream = io.StringIO()
    stream.isatty = lambda: True
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setattr(sys, "stdout", terminal.Screen(io.StringIO()))
    monkeypatch.setattr(sys, "stderr", terminal.Screen(stream))
    with step("converting", "converted"):
        assert stream.getvalue() == "  converting ..."
        with step("measuring", "measured"):
            assert stream.getvalue().endswith("\r" + 16 * " " + "\r  measuring ...")
            tell("export int8: kept")
            assert stream.getvalue().endswith("\r" + 15 * " " + "\rexport int8: kept\n")
        before = stream.getvalue()
    assert stream.getvalue() == before  # nothing is left to be taken away
    assert terminal._passing == []


def test_an_error_in_a_step_takes_its_line_away_and_says_nothing_of_an_end(capsys):
    def fail():
        with step("converting", "converted"):
            raise InputError(Problem("it does not fit"))

    assert told(["-v"], fail, capsys)[2].splitlines()[-1] == "error: it does not fit"
    assert terminal._passing == []


def test_an_error_is_told_in_one_line_or_with_where_it_comes_from(capsys):
    def fail():
        raise InputError(Problem("it does not fit", "x", "give another"))

    for flags, lines in ((["-q"], 1), ([], 1), (["-v"], 5)):
        code, _, err = told(flags, fail, capsys)
        assert code == 2 and err.splitlines()[-1] == "error: it does not fit (received: x); give another"
        assert len(err.splitlines()) >= lines and ("Traceback" in err) == (lines > 1)
    assert "not allowed with argument" in told(["-q", "-v"], fail, capsys)[2]


def test_the_variable_is_for_all_commands_and_a_flag_goes_first(capsys, monkeypatch):
    monkeypatch.setenv(verbosity.VARIABLE, "quiet")
    assert "phase" not in told([], train, capsys)[2]
    assert "these train" in told(["-v"], train, capsys)[2]
    monkeypatch.setenv(verbosity.VARIABLE, "verbos")
    assert told([], train, capsys) == (
        2, "", "error: KERASFT_VERBOSITY is unknown (received: verbos); did you mean 'verbose'?\n",
    )  # fmt: skip
    assert verbosity.level() == "normal"


def test_outside_a_command_only_who_asks_is_told(capsys, monkeypatch):
    assert not telling()
    tell("export int8")
    assert capsys.readouterr().err == ""
    monkeypatch.setenv(verbosity.VARIABLE, "verbose")
    tell("export int8", detail=True)
    assert capsys.readouterr().err == "export int8\n"


def test_nothing_is_counted_where_only_warnings_are_wanted(monkeypatch):
    monkeypatch.setenv(verbosity.VARIABLE, "quiet")
    monkeypatch.setattr("kerasft.base.counter.make_console", None)  # would be called
    with counter("images") as count:
        count(1, 2)


def test_a_bar_is_seen_while_native_libraries_are_not(capfd, monkeypatch):
    with open(2, "w", closefd=False) as stderr:
        monkeypatch.setattr(sys, "stderr", stderr)
        with quiet(), quiet():
            os.write(2, b"a remark of the converter\n")
            console(stderr=True).print("examples calibrated")
        console(stderr=True).print("done")
    assert capfd.readouterr().err == "examples calibrated\ndone\n"
