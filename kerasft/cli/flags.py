"""From a config dataclass to command-line flags and back, and from errors to messages and exit codes."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import re
import sys
import types
import typing
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

from kerasft.base import config_file, environment
from kerasft.base.errors import Problem, did_you_mean, raise_problems
from kerasft.base.options import flag, option_of, to_dict
from kerasft.cli.checks import check_all
from kerasft.cli.guard import guarded
from kerasft.cli.parser import Parser
from kerasft.cli.recipes import in_other_recipes
from kerasft.data.reading_options import reading_names

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

CONFIG_HELP = (
    "a .yaml or .json with values for these options, or a run whose options are repeated; flags go before it"
)

Config = typing.TypeVar("Config", bound="DataclassInstance")
Result = typing.TypeVar("Result")


def cli_main(
    kind: type[Config],
    main: Callable[[Config], object],
    argv: Sequence[str] | None = None,
    prog: str | None = None,
) -> int:
    """Runs a recipe from the command line: flags -> checked config -> `main(config)`.

    Args:
        kind: The recipe's config dataclass; each field becomes a flag.
        main: Prints for people and returns a JSON-ready value, which `--json` prints instead.
        argv: The arguments; default: the process's.
        prog: What was typed before them, for messages; default: the name of the recipe's file.

    Returns:
        The exit code: 0, 1 for a failure, 2 for the user's input, 130 after Ctrl-C.
    """
    parser = Parser(
        in_other_recipes, prog=prog, usage="%(prog)s [options]", description=recipe_doc(main, prog)
    )
    parser.add_argument("--config", metavar="FILE", help=CONFIG_HELP)
    add_flags(parser, kind)

    def work(arguments: argparse.Namespace) -> object:
        config = config_from_texts(kind, _with_files(kind, vars(arguments)))
        raise_problems(check_all(config))
        environment.load_quietly()
        with config_file.recorded(main.__module__.rsplit(".", 1)[-1], to_dict(config)):
            return main(config)

    return guarded(lambda: parser.verb(argv, work))


def _with_files(kind: type, values: dict[str, object]) -> dict[str, object]:
    """Returns the values of flags, and where none was typed those of --config, and then of `KERASFT_CONFIG`.

    Raises:
        InputError: A file can't be read, or --config has an option that the recipe has not.
    """
    known = {field.name for field in dataclasses.fields(kind)} | {"learning_rate"}
    typed = {name: value for name, value in values.items() if value is not None and name != "config"}
    by_file = config_file.read_options(str(values["config"])) if values.get("config") else {}
    raise_problems(
        Problem(f"--config has an unknown option: {name}", "", did_you_mean(name, known, "remove it"))
        for name in by_file
        if name not in known
    )
    shared = {name: value for name, value in config_file.defaults().items() if name in known}
    return {**shared, **by_file, **typed}


def recipe_doc(main: Callable, prog: str | None = None) -> str:
    """Returns the docstring of the recipe that `main` is in, with its commands spelled as those of `prog`."""
    text = sys.modules[main.__module__].__doc__ or ""
    if prog is None:
        return text
    return re.sub(r"python recipes/(\w+)\.py", lambda m: f"kerasft train {m[1].replace('_', '-')}", text)


def add_flags(parser: argparse.ArgumentParser, kind: type, without: Collection[str] = ()) -> None:
    """Adds a flag for each field of a config but those in `without`, and `--learning-rate` for all phases."""
    hints = typing.get_type_hints(kind)
    reading = reading_names(kind)
    data = parser.add_argument_group("data") if reading else parser
    rest = parser.add_argument_group("model, training and export") if reading else parser
    for field in dataclasses.fields(kind):
        if field.name in without:
            continue
        group = data if field.name in reading else rest
        known = option_of(kind, field.name)
        text, choices = known.get("help", ""), known.get("choices", ())
        text += "" if all(each in text for each in choices) else f": {', '.join(choices)}"
        said = field.default in (None, "") or hints[field.name] is bool or "(default:" in text
        text += "" if said else f" (default: {field.default})"
        text = text.replace("%", "%%")
        if hints[field.name] is bool:
            how = "store_true" if field.default is False else argparse.BooleanOptionalAction
            group.add_argument(flag(field.name), action=how, default=None, help=text)
        else:
            metavar = field.name.split("_")[-1].upper()
            action = group.add_argument(flag(field.name), default=None, metavar=metavar, help=text)
            action.known = choices  # type: ignore[attr-defined]  # for completion; argparse would complain itself
    if len(_rate_names(kind)) > 1:
        text = "of each phase whose own flag is not given, or auto to look for one"
        rest.add_argument("--learning-rate", default=None, metavar="RATE", help=text)


def config_from_texts(kind: type[Config], values: dict[str, object]) -> Config:
    """Returns the config for parsed flags; a None keeps the field's default.

    A `learning_rate` that is no field stands for that of each phase (see `add_flags`).

    Raises:
        InputError: Values that can't be read as their field's type, all of them.
    """
    hints = typing.get_type_hints(kind)
    problems, converted = list[Problem](), dict[str, object]()
    if "learning_rate" not in hints and (shared := values.get("learning_rate")) is not None:
        values = {
            **dict.fromkeys(_rate_names(kind), shared),
            **{k: v for k, v in values.items() if v is not None},
        }
    values = {name: value for name, value in values.items() if name in hints}
    for name, value in values.items():
        if isinstance(value, str):
            try:
                converted[name] = _convert(value, hints[name])
            except ValueError:
                expected = "a whole number" if _kinds(hints[name])[0] is int else "a number"
                problems.append(Problem(f"{flag(name)} must be {expected}", repr(value), f"give {expected}"))
        elif value is not None:
            converted[name] = value
    if problems:  # the other fields' problems belong in the same list
        with contextlib.suppress(TypeError):
            problems += check_all(kind(**converted))
    raise_problems(problems)
    return kind(**converted)


def _rate_names(kind: type) -> list[str]:
    """The fields that are a phase's learning rate."""
    return [field.name for field in dataclasses.fields(kind) if field.name.endswith("_learning_rate")]


def _kinds(hint: object) -> tuple[type, ...]:
    """The types a text may become, the stricter first."""
    union = typing.get_origin(hint) in (typing.Union, types.UnionType)
    kinds = typing.get_args(hint) if union else (hint,)
    return tuple(kind for kind in (int, float, str) if kind in kinds)


def _convert(text: str, hint: object) -> int | float | str:
    for kind in _kinds(hint):
        with contextlib.suppress(ValueError):
            return kind(text)
    raise ValueError(text)
