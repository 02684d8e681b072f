"""Around every command: its streams, and from errors to messages and exit codes."""

from __future__ import annotations

import sys
from collections.abc import Callable

from kerasft.base.errors import InputError, KerasftError
from kerasft.base.spelling import typed
from kerasft.base.terminal import screen


def guarded(action: Callable[[], int | None]) -> int:
    """Runs `action`; errors become messages on stderr, one line per problem, and an exit code."""
    with screen(), typed():
        return _guarded(action)


def _guarded(action: Callable[[], int | None]) -> int:
    try:
        return action() or 0
    except InputError as error:
        for problem in error.problems:
            print(f"error: {problem}", file=sys.stderr)
        return error.exit_code
    except KerasftError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    except OSError as error:
        from kerasft.base.files import file_problem

        if (found := file_problem(error)) is None:
            raise
        print(f"error: {found}", file=sys.stderr)
        return 1
