"""Whatever stdout is, a command ends as it would on a terminal of today."""

import contextlib
import io
import json
import os
import subprocess
import sys

import pytest

from kerasft.base import terminal
from kerasft.base.terminal import Screen, json_line, passing_line
from kerasft.cli.flags import Parser, guarded
from kerasft.cli.main import main

EVIL = "花 caf\udce9 \x1b[31m\u202e"


def printed(encoding, work):
    """Returns the exit code of work in a command whose stdout has an encoding, and the bytes that arrive."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    before, sys.stdout = sys.stdout, stream
    try:
        code = guarded(work)
    finally:
        sys.stdout = before
    return code, stream.buffer.getvalue()


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-8", "latin-1", "cp437", "gb18030"])
def test_any_encoding_takes_any_name(encoding):
    code, found = printed(encoding, lambda: print(EVIL))
    assert code == 0 and b"\x1b" not in found and b"\\udce9" in found and b"\\u202e" in found
    assert ("花".encode(encoding, "backslashreplace")) in found


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-8"])
def test_json_stays_json_in_any_encoding(encoding):
    value = {"name": EVIL + "😀\x9b\x7f", "é": [1.5]}
    code, found = printed(encoding, lambda: Parser().verb(["--json"], lambda arguments: value))
    assert code == 0 and json.loads(found.decode(encoding)) == value
    assert not set(found.decode(encoding)) & set("\x1b\u202e\x9b\x7f\udce9")
    assert "花" in json_line(value)  # readable where it can be


@pytest.mark.parametrize(
    "verb", ["--help", "--version", "backbones", "recipes", "backbones --json", "nonsense", "train"]
)
@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_commands_without_keras_end_well_in_any_encoding(verb, encoding):
    code, found = printed(encoding, lambda: main(verb.split()))
    assert code == (2 if verb == "nonsense" else 0)


def test_a_reader_that_is_gone_ends_no_work():
    read, write = os.pipe()
    os.close(read)
    done = []

    def work():
        for number in range(20_000):  # more than any buffer
            print(number)
        done.append(True)

    with open(write, "w") as stream:
        before, sys.stdout = sys.stdout, stream
        try:
            assert guarded(work) == 0 and done
        finally:
            sys.stdout = before


COMMANDS = ["--help", "backbones", "backbones --json", "recipes", "train --help", "predict --help"]


@pytest.mark.parametrize("command", COMMANDS)
def test_head_is_silent(command):
    """The pipe is closed before the command has begun to write."""
    read, write = os.pipe()
    os.close(read)
    code = f"from kerasft.cli.main import main; raise SystemExit(main({command.split()}))"
    done = subprocess.run([sys.executable, "-c", code], stdout=write, stderr=subprocess.PIPE, check=False)
    os.close(write)
    assert done.stderr == b"" and done.returncode == 0


def test_a_full_disk_behind_stdout_is_a_message(capsys):
    stream = open("/dev/full", "w")  # noqa: SIM115 (closing it fails again)
    before, sys.stdout = sys.stdout, stream
    try:
        assert guarded(lambda: [print("x" * 10_000) for _ in range(10)] and 0) == 1
    finally:
        sys.stdout = before
        with contextlib.suppress(OSError):
            stream.close()
    assert "error: No space left on device; free some space" in capsys.readouterr().err


def test_no_stdout_at_all_is_no_error(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    assert guarded(lambda: print("x")) == 0


def test_consoles_take_brackets_for_brackets(capsys):
    with terminal.screen():
        terminal.console(stderr=True).print("data[1] [bold]x[/bold] :smile:")
    assert capsys.readouterr().err == "data[1] [bold]x[/bold] :smile:\n"


def test_a_line_that_passes_is_for_a_terminal_alone(monkeypatch):
    for looked_at, expected in ((True, "loading\r       \r"), (False, "")):
        stream = io.StringIO()
        monkeypatch.setattr(stream, "isatty", lambda looked_at=looked_at: looked_at)
        for each in (stream, Screen(stream)):
            monkeypatch.setattr("sys.stderr", each)
            with passing_line("loading"):
                assert stream.getvalue().endswith("loading" if looked_at else "")
        assert stream.getvalue() == 2 * expected


LINES = "ok    Python  3.12\nnote  GPU\nwarn  oneDNN\nfail  keras\n  note: a name\nerror: it\nint8 refused: far off"
WORDS = {"ok": 32, "note": 36, "warn": 33, "fail": 31, "  note": 36, "error": 31, "refused": 31}


def said(monkeypatch, text, looked_at=True, stderr=False, **variables):
    """Returns what a terminal, or a file, gets of lines."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"TERM": "xterm", **variables}.items():
        monkeypatch.setenv(name, value)
    stream = io.StringIO()
    stream.isatty = lambda: looked_at
    monkeypatch.setattr(sys, "stderr" if stderr else "stdout", Screen(stream))
    terminal.say(text, stderr=stderr)
    return stream.getvalue()


@pytest.mark.parametrize("stderr", [False, True])
def test_a_terminal_shows_in_colour_how_things_are(monkeypatch, stderr):
    found = said(monkeypatch, LINES, stderr=stderr)
    for word, colour in WORDS.items():
        assert f"\x1b[{colour}m{word}\x1b[0m" in found
    assert found.count("\x1b[") == 2 * len(WORDS)


@pytest.mark.parametrize("how", [{"looked_at": False}, {"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_files_and_those_who_want_no_colour_get_none(monkeypatch, how):
    assert said(monkeypatch, LINES, **how) == LINES + "\n"


def test_names_of_others_bring_no_colours(monkeypatch):
    evil = "ok    \x1b[31mred \u202e and a fail in the middle, or [bold]brackets[/bold]"
    found = said(monkeypatch, evil)
    assert found.count("\x1b") == 2 and r"\x1b[31mred \u202e" in found and "[bold]brackets[/bold]" in found


def test_the_streams_are_put_back():
    before = sys.stdout, sys.stderr
    with pytest.raises(ValueError), terminal.screen():
        assert isinstance(sys.stdout, Screen) and isinstance(sys.stderr, Screen)
        raise ValueError
    assert (sys.stdout, sys.stderr) == before
