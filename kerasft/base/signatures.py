"""Functions that take what another takes, said once."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

Rest = ParamSpec("Rest")
Result = TypeVar("Result")
Passed = Any  # an argument that is passed on; its type is that of the function which takes it


def taking(
    other: Callable[Concatenate[Any, Rest], Result],
) -> Callable[[Callable[..., Result]], Callable[Rest, Result]]:
    """Lets a function take what another takes but for its first argument: for type checkers, `help` and editors.

    Args:
        other: Its docstring describes its first argument in one line.

    Returns:
        A decorator. The function passes its arguments on; its docstring gets what the other's says of them.
    """
    return lambda function: cast(Callable[Rest, Result], _told(function, other, []))


def taking_more(
    other: Callable[..., Result], about: str
) -> Callable[[Callable[..., Result]], Callable[..., Result]]:
    """Does the same for a function with keywords of its own, which type checkers then know less of.

    Args:
        other: As for `taking`.
        about: What the function's own keywords are, as lines of a docstring's arguments: "name: What it is."
    """
    return lambda function: _told(function, other, about.splitlines())


def _told(
    function: Callable[..., Result], other: Callable[..., Result], about: list[str]
) -> Callable[..., Result]:
    signature = inspect.signature(other)
    first, *rest = signature.parameters.values()
    own = inspect.signature(function).parameters.values()
    more = [each for each in own if each.kind is each.KEYWORD_ONLY and each.name not in signature.parameters]
    function.__signature__ = signature.replace(parameters=[*rest, *more])  # type: ignore[attr-defined]
    text = inspect.getdoc(other) or ""
    lines = text[text.index("Args:") :].splitlines()
    kept = [line for line in lines if not line.startswith(f"    {first.name}: ")]
    end = kept.index("")  # of the arguments
    kept[end:end] = [f"    {line}" for line in about]
    function.__doc__ = "\n".join([inspect.getdoc(function) or "", "", *kept])
    return function
