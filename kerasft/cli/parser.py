"""The parser of every command: its complaints are errors with a next step, its end is JSON where that is asked for."""

from __future__ import annotations

import argparse
import contextlib
import contextvars
import os
import sys
import traceback
import typing
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, NoReturn

from kerasft.base import devices, languages, verbosity
from kerasft.base.errors import InputError, KerasftError, Problem, raise_problems
from kerasft.base.terminal import json_line
from kerasft.cli.aliases import unknown_flags

Result = typing.TypeVar("Result")
_catching: contextvars.ContextVar[bool] = contextvars.ContextVar("catching", default=False)


class Caught(BaseException):
    """What a command takes, raised in place of its work: see `catching`."""

    def __init__(self, actions: list[argparse.Action]):
        super().__init__()
        self.actions = actions


@contextlib.contextmanager
def catching() -> Iterator[None]:
    """Lets every command that is run inside raise `Caught` before it parses its arguments."""
    token = _catching.set(True)
    try:
        yield
    finally:
        _catching.reset(token)


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaints are `InputError`s, with the nearest flag where one is unknown.

    Args:
        elsewhere: The next step for a flag that commands of the same kind have; "" where none has.
        arguments: As for `argparse.ArgumentParser`.
    """

    def __init__(self, elsewhere: Callable[[str], str] = lambda name: "", **arguments: Any):
        self.elsewhere = elsewhere
        arguments.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(allow_abbrev=False, **arguments)

    def error(self, message: str) -> NoReturn:
        """Raises `InputError` where argparse would print its usage and exit."""
        raise InputError(Problem(message, "", f"`{self.prog} --help` shows what there is"))

    def parse_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> argparse.Namespace:
        """Parses all of `args`; unknown flags are reported together."""
        if _catching.get():
            raise Caught(self._actions)
        known = [text for action in self._actions for text in action.option_strings]
        otherwise = f"`{self.prog} --help` shows what there is"
        given = sys.argv[1:] if args is None else args
        raise_problems(_dashed(given, known))
        parsed, unknown = self.parse_known_args(args, namespace)
        raise_problems(unknown_flags(unknown, known, given, otherwise, self.elsewhere))
        return parsed

    def add_artifact(self) -> None:
        """Adds the argument that any file or folder with a model may be."""
        self.add_argument(
            "artifact", help="a run folder, a bundle, a SavedModel folder, a .tflite or an .onnx"
        )

    def add_skip_broken(self) -> None:
        """Adds what to do with examples that can't be read."""
        text = "leave out examples of DATA that can't be read, and name them"
        self.add_argument("--skip-broken", action="store_true", help=text)

    def add_trust(self) -> None:
        """Adds the consent to run code of a file."""
        self.add_argument("--trust", action="store_true", help="run a SavedModel that was not exported here")

    def add_language(self) -> None:
        """Adds the language of the page that a command writes."""
        text = f"of the page: {' or '.join(languages.languages())} (default: {languages.VARIABLE}, else en)"
        self.add_argument("--language", metavar="LANGUAGE", help=text)

    def verb(
        self,
        argv: Sequence[str] | None,
        work: Callable[[argparse.Namespace], Result],
        failed: Callable[[Result], object] = lambda value: False,
        *,
        computes: bool = True,
    ) -> int:
        """Does what a command is for, and is the end of every command.

        Args:
            argv: The arguments; None: the process's.
            work: Takes them parsed, prints for people and returns a JSON-ready value, which `--json` prints instead.
            failed: Whether the value makes the exit code 1.
            computes: Whether it computes, so that a device can be chosen.
        """
        text = "print one JSON object on stdout, the rest on stderr"
        self.add_argument("--json", action="store_true", help=text)
        self.add_verbosity()
        if computes:
            text = (
                f"cpu, gpu, or gpu:1 for the second one (default: the first GPU there is; {devices.VARIABLE})"
            )
            self.add_argument("--device", metavar="DEVICE", help=text)
        arguments = self.parse_args(argv)
        device = devices.chosen(getattr(arguments, "device", None))
        language = languages.chosen(getattr(arguments, "language", None))
        with verbosity.at_level(arguments.verbosity), _traced(), device, language:
            return int(bool(failed(print_result(lambda: work(arguments), arguments.json))))

    def add_verbosity(self) -> None:
        """Adds how much is told on stderr."""
        group = self.add_mutually_exclusive_group()
        for level, text in (
            (verbosity.QUIET, "tell warnings and errors alone, besides the results"),
            (verbosity.VERBOSE, "tell all: what trains, each step of an export, where an error comes from"),
        ):
            names = (f"-{level[0]}", f"--{level}")
            group.add_argument(*names, action="store_const", const=level, dest="verbosity", help=text)


@contextlib.contextmanager
def _traced() -> Iterator[None]:
    """Prints where an error of a command comes from, if all is to be told."""
    try:
        yield
    except (KerasftError, OSError):
        if verbosity.is_verbose():
            traceback.print_exc()
        raise


def _dashed(given: Sequence[str], known: Collection[str]) -> list[Problem]:
    """Returns a problem for each file or folder that argparse would take for a flag, since its name begins so."""
    names = given[: given.index("--")] if "--" in given else given
    return [
        Problem("the name begins with '-', as flags do", each, f"type ./{each}")
        for each in names
        if each.startswith("-") and " " not in each and each not in known and os.path.lexists(each)
    ]


def print_result(work: Callable[[], Result], as_json: bool) -> Result:
    """Runs `work`, which prints for people, and returns its value; with `as_json`, stdout gets that alone, as JSON."""
    if not as_json:
        return work()
    with contextlib.redirect_stdout(sys.stderr):
        value = work()
    print(json_line(value, getattr(sys.stdout, "encoding", None) or "utf-8"))
    return value
