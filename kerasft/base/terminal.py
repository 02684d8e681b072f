"""The command line's streams: whatever is printed arrives, can't command the terminal, and never ends the work.

Three things happen to output on real machines: its encoding lacks a character (Windows' code pages, LC_ALL=C), a text
holds what a terminal obeys, and the reader has gone (`| head`). `screen` sees to all three, for every print of every
command; what goes into a line as a name goes through `kerasft.base.printable.shown` besides, which escapes line breaks.
"""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import sys
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, BinaryIO, TextIO, cast

from kerasft.base import verbosity
from kerasft.base.printable import ODD, shown_lines
from kerasft.base.quiet import open_stderr

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_COLOURS = {
    r"(?m)^ok(?= )|\bkept(?= \()": "green",
    r"(?m)^note(?= )|^ *note(?=: )": "cyan",
    r"(?m)^warn(?= )": "yellow",
    r"(?m)^fail(?= )|^error(?=: )|\brefused(?= \(|: )": "red",
}
_GONE = (errno.EPIPE, errno.ECONNRESET, errno.ESHUTDOWN)


class Screen(io.TextIOBase):
    """A text stream that escapes what a terminal obeys and what its encoding lacks, and outlives its reader.

    Args:
        raw: The stream to write to, such as `sys.stdout`; None for a process without one.
    """

    def __init__(self, raw: TextIO | None):
        self.raw = raw
        with contextlib.suppress(AttributeError, ValueError, OSError):
            raw.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """The encoding of the stream."""
        return getattr(self.raw, "encoding", None) or "utf-8"

    @property
    def buffer(self) -> BinaryIO:
        """The stream of bytes below, for those who write bytes."""
        return self.raw.buffer  # type: ignore[union-attr]

    def write(self, text: str) -> int:
        """Writes a text; what no reader is there for is dropped."""
        self.pass_on(shown_lines(text))
        return len(text)

    def pass_on(self, text: str) -> None:
        """Writes a text as it is, with the escape sequences of our own: colours, and bars that move."""
        if self.raw is not None:
            try:
                self.raw.write(text)
            except UnicodeEncodeError:  # a stream that can't be told to escape
                self.raw.write(text.encode(self.encoding, "backslashreplace").decode(self.encoding))
            except OSError as error:
                self._let_go(error)

    def flush(self) -> None:
        """Flushes; a reader that is gone is no error."""
        if self.raw is not None:
            try:
                self.raw.flush()
            except OSError as error:
                self._let_go(error)

    def isatty(self) -> bool:
        """Whether somebody looks at a terminal."""
        return self.raw is not None and self.raw.isatty()

    def fileno(self) -> int:
        """The number of the file below."""
        if self.raw is None:
            raise OSError("there is no stream")
        return self.raw.fileno()

    def writable(self) -> bool:
        """Always."""
        return True

    def _let_go(self, error: OSError) -> None:
        """Sends the rest nowhere; at its end, Python flushes what is left and would complain of the pipe."""
        if error.errno not in _GONE:
            raise error
        with contextlib.suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.raw.fileno())  # type: ignore[union-attr]
            os.close(nowhere)
        self.raw = None


class _Unescaped(io.TextIOBase):
    """The same stream for rich, which writes escape sequences to move its bars."""

    def __init__(self, screen: Screen):
        self.screen, self.write = screen, self._write  # type: ignore[method-assign]
        self.flush, self.isatty, self.fileno = screen.flush, screen.isatty, screen.fileno  # type: ignore[method-assign]

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self.screen.encoding

    def _write(self, text: str) -> int:
        self.screen.pass_on(text)
        return len(text)


@contextlib.contextmanager
def screen() -> Iterator[None]:
    """Makes `sys.stdout` and `sys.stderr` a `Screen` each for a command, and flushes them at its end."""
    if isinstance(sys.stdout, Screen):  # a command within a command
        yield
        return
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = Screen(sys.stdout), Screen(sys.stderr)
    ours = sys.stdout, sys.stderr
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
        for each in ours:
            with contextlib.suppress(ValueError):  # closed by somebody
                each.flush()


def console(*, stderr: bool = False, quiet: bool = False) -> Console:
    """Returns a rich console that takes texts as they are: brackets are no markup, words are not coloured.

    Args:
        stderr: Whether it writes to stderr, also where the file below is closed to native libraries.
        quiet: Whether it writes nothing.
    """
    from rich.console import Console

    stream = open_stderr(sys.stderr) if stderr else sys.stdout
    file = cast(IO[str], _Unescaped(stream) if isinstance(stream, Screen) else stream)
    return Console(file=file, quiet=quiet, highlight=False, markup=False, emoji=False, soft_wrap=True)


def say(text: str, *, stderr: bool = False) -> None:
    """Prints lines; on a terminal with colours, words that say how things are have some, unless NO_COLOR is set.

    Args:
        text: Without escape sequences: those of others are shown as escapes.
        stderr: Whether it goes to stderr.
    """
    stream = open_stderr(sys.stderr) if stderr else sys.stdout
    if stream is None or not stream.isatty():
        print(shown_lines(text), file=stream)
        return
    hide_passing_line()
    console(stderr=stderr).print(coloured(text))


def coloured(text: str) -> Text:
    """Returns lines for a rich console; words that say how things are have colours."""
    from rich.text import Text

    words = Text(shown_lines(text))
    for pattern, colour in _COLOURS.items():
        words.highlight_regex(pattern, colour)
    return words


_passing: list[str] = []  # what stands on the last line of the terminal, the innermost last


@contextlib.contextmanager
def passing_line(words: str) -> Iterator[None]:
    """Shows words on a terminal as long as something takes its time, and takes them away; a log file gets nothing.

    What is told meanwhile, by `say` or a bar, takes their place.
    """
    stream = open_stderr(sys.stderr)
    if stream is None or not stream.isatty() or verbosity.is_quiet():
        yield
        return
    hide_passing_line()
    _pass(words)
    _passing.append(words)
    try:
        yield
    finally:
        hide_passing_line()
        _passing.pop()


def hide_passing_line() -> None:
    """Takes away the words that stand on the last line, so that something else can stand there."""
    if _passing and _passing[-1]:
        _pass("\r" + " " * len(_passing[-1]) + "\r")
        _passing[-1] = ""


def _pass(words: str) -> None:
    stream = open_stderr(sys.stderr)
    if stream is not None:
        (stream.pass_on if isinstance(stream, Screen) else stream.write)(words)
        stream.flush()


def json_line(value: object, encoding: str = "utf-8") -> str:
    r"""Returns a value as one line of JSON, in which what a terminal obeys or its encoding lacks is \uXXXX.

    Args:
        value: JSON-ready.
        encoding: Of the stream that it goes to.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    text = ODD.sub(lambda odd: json.dumps(odd[0])[1:-1], text)
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return json.dumps(value, allow_nan=False)
    return text
