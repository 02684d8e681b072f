"""Around every command: its streams, and from errors to messages and exit codes."""

from __future__ import annotations

from collections.abc import Callable

from kerasft.base.errors import InputError, KerasftError
from kerasft.base.spelling import typed
from kerasft.base.terminal import say, screen


def guarded(action: Callable[[], int | None]) -> int:
    """Runs `action`; errors become messages on stderr, one line per problem, and an exit code."""
    with screen(), typed():
        return _guarded(action)


def _guarded(action: Callable[[], int | None]) -> int:
    try:
        return action() or 0
    except InputError as error:
        for problem in error.problems:
            say(f"error: {problem}", stderr=True)
        return error.exit_code
    except KerasftError as error:
        say(f"error: {error}", stderr=True)
        return error.exit_code
    except KeyboardInterrupt:
        say("stopped", stderr=True)
        return 130
    except OSError as error:
        from kerasft.base.files import file_problem

        if (found := file_problem(error)) is None:
            raise
        say(f"error: {found}", stderr=True)
        return 1
