"""Functions that take what another takes, said once."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

Rest = ParamSpec("Rest")
Result = TypeVar("Result")


def taking(
    other: Callable[Concatenate[Any, Rest], Result],
) -> Callable[[Callable[..., Result]], Callable[Rest, Result]]:
    """Lets a function take what another takes but for its first argument: for type checkers, `help` and editors.

    Args:
        other: Its docstring describes its first argument in one line.

    Returns:
        A decorator. The function passes its arguments on; its docstring gets what the other's says of them.
    """

    def decorate(function: Callable[..., Result]) -> Callable[Rest, Result]:
        signature = inspect.signature(other)
        first, *rest = signature.parameters.values()
        about = inspect.getdoc(other) or ""
        lines = about[about.index("Args:") :].splitlines()
        kept = [line for line in lines if not line.startswith(f"    {first.name}: ")]
        function.__signature__ = signature.replace(parameters=rest)  # type: ignore[attr-defined]
        function.__doc__ = "\n".join([inspect.getdoc(function) or "", "", *kept])
        return cast(Callable[Rest, Result], function)

    return decorate
