"""What can go wrong, in the user's words.

Every error says three things: what is wrong, the value received, and the next step. `InputError`
collects all the problems of one check, so that a user sees them together and not one per attempt.
Nothing here prints: the command line decides how an error looks and which exit code it becomes. Messages are written
with flags, and read with them on the command line alone: Python gets the names of arguments (`kerasft.base.spelling`).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from kerasft.base.printable import shown
from kerasft.base.spelling import spelled

_OPTION = re.compile(r"--[a-z][a-z-]+ \S+")


@dataclass(frozen=True)
class Problem:
    """One thing the user can put right.

    Args:
        what: What is wrong, without a full stop: "the data folder does not exist".
        received: The value as the user gave it, or "" when there is none to show.
        next_step: What to do, with the flag as typed: "give a folder of class folders with --data".
    """

    what: str
    received: str = ""
    next_step: str = ""

    def __str__(self) -> str:
        text = spelled(" ".join(self.what.split()))
        if self.received != "":  # the user's own words, unless it is a flag of ours with its value
            received = str(self.received)
            text += f" (received: {spelled(received) if _OPTION.fullmatch(received) else received})"
        if self.next_step:
            text += f"; {spelled(' '.join(self.next_step.split()))}"
        return shown(text)


class KerasftError(Exception):
    """Base of every error that kerasft raises on purpose; `exit_code` is what the command returns."""

    exit_code = 1

    def __str__(self) -> str:
        return spelled(super().__str__())


class InputError(KerasftError):
    """The user's input can't be used: all the problems of one check, at least one."""

    exit_code = 2

    def __init__(self, problems: Iterable[Problem] | Problem | str):
        if isinstance(problems, str):
            problems = Problem(problems)
        if isinstance(problems, Problem):
            problems = (problems,)
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


class UnavailableError(KerasftError):
    """Something outside can't be had: weights, a data set, an optional package. Says what to do instead."""


class GateError(KerasftError):
    """A file was made and measured, and is not good enough to ship."""


class UnsafeFileError(ValueError):
    """A file holds something else than plain arrays; the text says what."""


class Interrupted(KerasftError):
    """The user stopped a fine-tuning; what it reached is kept."""

    exit_code = 130


def raise_problems(problems: Iterable[Problem]) -> None:
    """Raises one `InputError` with all of `problems`, or returns when there are none."""
    problems = tuple(problems)
    if problems:
        raise InputError(problems)


def did_you_mean(name: str, known: Iterable[str], otherwise: str) -> str:
    """Returns "did you mean 'x'?" with the nearest of `known`, or `otherwise` when nothing is near.

    What differs in upper and lower case alone, or in "-" and "_", is nearest.
    """
    folded = {_folded(each): each for each in reversed(list(known))}
    near = difflib.get_close_matches(_folded(name), list(folded), n=1, cutoff=0.6)
    near = [folded[each] for each in near]
    return f"did you mean {near[0]!r}?" if near else otherwise


def _folded(name: str) -> str:
    return name.casefold().replace("_", "-")


def first_line(error: Exception) -> str:
    """Returns what a foreign exception says, short enough for one line."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
