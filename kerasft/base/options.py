"""Dataclass fields that know their help text and their limits.

Every step takes a frozen dataclass, and a recipe's command line is a frozen dataclass too. A field made by
`option` knows its help text and its limits, so one `check` serves all of them and reports every problem at
once, with the flag as it is typed.
"""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from kerasft.base.errors import Problem, did_you_mean, raise_problems
from kerasft.base.json_values import JsonFields

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Config = typing.TypeVar("Config", bound="DataclassInstance")
Default = typing.TypeVar("Default")


def option(
    default: Default,
    help: str,  # the word argparse uses for the same thing
    *,
    minimum: float | None = None,
    above: float | None = None,
    maximum: float | None = None,
    below: float | None = None,
    choices: Iterable[str] = (),
    kind: str = "",
    find: Callable[[str], object] | None = None,
) -> Default:
    """Makes a dataclass field with a help text and the limits that `check` holds.

    Args:
        default: The default value.
        help: One line for `--help`, with units.
        minimum: The smallest allowed number; `above` excludes it.
        above: Numbers must be greater than this.
        maximum: The largest allowed number.
        below: Numbers must be less than this.
        choices: The allowed texts, for text fields.
        kind: What the value names, for `kerasft.cli.checks`: "data", "run" or "new-run".
        find: Looks up what the value names, in an instant, and raises `InputError` where there is no such thing.
    """
    limits = {"minimum": minimum, "above": above, "maximum": maximum, "below": below}
    metadata = {"help": help, "limits": limits, "choices": tuple(choices), "kind": kind, "find": find}
    return dataclasses.field(default=default, metadata=metadata)


def option_of(kind: type | DataclassInstance, name: str) -> Mapping[str, Any]:
    """Returns what `option` said of a field: "help", "limits", "choices", ...; {} of other fields.

    A dataclass that gives an inherited field another default, and no more (`patience: int = 3`), keeps the rest of it.

    Args:
        kind: A dataclass, or an object of one.
        name: Of the field.
    """
    for each in (kind if isinstance(kind, type) else type(kind)).__mro__:
        field = vars(each).get("__dataclass_fields__", {}).get(name)
        if field is not None and field.metadata:
            return field.metadata
    return {}


def is_number(value: object) -> typing.TypeGuard[float]:
    """Returns whether a value is a number, which true and false aren't."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def check(config: DataclassInstance) -> list[Problem]:
    """Returns the problems of a dataclass made with `option`: wrong types, numbers out of range, unknown choices."""
    hints = typing.get_type_hints(type(config))
    problems = []
    for field in dataclasses.fields(config):
        value = getattr(config, field.name)
        if not _has_type(value, hints[field.name]):
            expected = _type_name(hints[field.name])
            problems.append(_problem(field.name, f"must be {expected}", value, f"give {expected}"))
        else:
            problems += _limit_problems(field.name, option_of(config, field.name), value)
    return problems


def has_types(config: DataclassInstance) -> bool:
    """Returns whether all values of a dataclass are of the types that its fields declare."""
    hints = typing.get_type_hints(type(config))
    return all(
        _has_type(getattr(config, field.name), hints[field.name]) for field in dataclasses.fields(config)
    )


def to_dict(config: DataclassInstance) -> dict[str, Any]:
    """Returns a config as JSON-ready values; tuples become lists."""
    return {
        field.name: list(value) if isinstance(value := getattr(config, field.name), tuple) else value
        for field in dataclasses.fields(config)
    }


def from_dict(kind: type[Config], values: JsonFields) -> Config:
    """Returns a checked config of type `kind` from JSON values.

    Raises:
        InputError: A key is unknown (with the nearest known one), missing, or a value is not allowed.
    """
    fields = {field.name: field for field in dataclasses.fields(kind)}
    problems = [
        Problem(f"{kind.__name__} has no key {key!r}", "", did_you_mean(key, fields, "remove it"))
        for key in values
        if key not in fields
    ]
    for name, field in fields.items():
        if name not in values and field.default is dataclasses.MISSING:
            problems.append(Problem(f"{kind.__name__} lacks the key {name!r}", "", "add it"))
    raise_problems(problems)
    config = kind(**{key: tuple(v) if isinstance(v, list) else v for key, v in values.items()})
    raise_problems(check(config))
    return config


def flag(name: str) -> str:
    """Returns a field's name as it is typed on the command line: `batch_size` -> `--batch-size`."""
    return "--" + name.replace("_", "-")


def _problem(name: str, what: str, value: object, next_step: str) -> Problem:
    return Problem(f"{flag(name)} {what}", repr(value), next_step)


def _limit_problems(name: str, known: Mapping[str, Any], value: object) -> list[Problem]:
    choices, limits = known.get("choices", ()), known.get("limits", {})
    if choices and isinstance(value, str) and value not in choices:
        listed = ", ".join(choices)
        takes_a_number = any(limit is not None for limit in limits.values())
        if takes_a_number:
            return [_problem(name, f"must be a number or {listed}", value, f"give a number or {listed}")]
        hint = did_you_mean(value, choices, f"choose one of {listed}")
        return [_problem(name, f"is not one of {listed}", value, hint)]
    if not is_number(value):
        return []
    if not math.isfinite(value):
        return [_problem(name, "must be a finite number", value, "give a number")]
    rules = {
        "minimum": (lambda limit: value >= limit, "at least"),
        "above": (lambda limit: value > limit, "greater than"),
        "maximum": (lambda limit: value <= limit, "at most"),
        "below": (lambda limit: value < limit, "less than"),
    }
    return [
        _problem(name, f"must be {words} {limits[rule]:g}", value, f"give a number {words} {limits[rule]:g}")
        for rule, (holds, words) in rules.items()
        if limits.get(rule) is not None and not holds(limits[rule])
    ]


def _has_type(value: object, hint: object) -> bool:
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        return any(_has_type(value, each) for each in typing.get_args(hint))
    if origin is tuple:
        return isinstance(value, tuple) and all(_has_type(v, typing.get_args(hint)[0]) for v in value)
    if origin in (dict, Mapping):
        kinds = typing.get_args(hint)
        return isinstance(value, dict) and all(
            _has_type(one, kind) for each in value.items() for one, kind in zip(each, kinds, strict=True)
        )
    if hint is float:
        return is_number(value)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return hint is Any or isinstance(value, typing.cast(type, hint))


def _type_name(hint: object) -> str:
    names: dict[object, str] = {
        int: "a whole number",
        float: "a number",
        str: "a text",
        bool: "true or false",
        type(None): "nothing",
    }
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return " or ".join(
            names.get(each, str(each)) for each in typing.get_args(hint) if each is not type(None)
        )
    return names.get(hint, str(hint))
