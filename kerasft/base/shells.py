"""What a user is told to type, as the shell of the system reads it: sh, or PowerShell and cmd on Windows."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterable

ON_WINDOWS = os.name == "nt"
_PLAIN = re.compile(r"[\w@%+=:,./\\~-]+", re.ASCII)


def quoted(text: object) -> str:
    """Returns a word of a command line. Windows' shells know no other quotes in common than double ones."""
    word = str(text)
    if not ON_WINDOWS:
        return shlex.quote(word)
    return word if _PLAIN.fullmatch(word) else '"' + word.replace('"', '\\"') + '"'


def command_line(words: Iterable[str]) -> str:
    """Returns words as a command line."""
    return " ".join(map(quoted, words))


def set_variable(name: str, value: str) -> str:
    """Returns the command that sets a variable of the environment; on Windows that of PowerShell."""
    return f'$env:{name} = "{value}"' if ON_WINDOWS else f"export {name}={value}"


def unset_variable(name: str) -> str:
    """Returns the command that removes a variable of the environment."""
    return f"Remove-Item Env:{name}" if ON_WINDOWS else f"unset {name}"


def with_variable(name: str, value: str, command: str) -> str:
    """Returns a command that runs with a variable."""
    return f"{set_variable(name, value)}; {command}" if ON_WINDOWS else f"{name}={value} {command}"
