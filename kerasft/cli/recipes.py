"""`kerasft recipes`: list the recipes; `kerasft recipes copy NAME [FILE]`: take one as a start of your own."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from kerasft.base import files
from kerasft.base.errors import InputError, Problem, did_you_mean
from kerasft.base.options import flag
from kerasft.base.wording import shorten
from kerasft.cli.parser import Parser


def run(argv: Sequence[str]) -> int:
    """Lists the recipes or copies one."""
    parser = Parser(prog="kerasft recipes", description=__doc__)
    parser.add_argument("action", nargs="?", choices=("copy",), help="default: list them")
    parser.add_argument("name", nargs="?", help="the recipe to copy")
    parser.add_argument("file", nargs="?", help="where to; default: NAME.py in this folder")
    arguments = parser.parse_args(argv)
    if arguments.action is None:
        list_recipes()
    else:
        _copy(arguments.name, arguments.file)
    return 0


def recipe_names() -> list[str]:
    """Returns the names of all recipes, as typed: with hyphens."""
    package = importlib.import_module("kerasft.recipes")
    return sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(package.__path__))


def has_recipe(name: str) -> bool:
    """Whether there is a recipe of this name, typed in either way; tasks of other packages have none here."""
    return name.replace("_", "-") in recipe_names()


def find_recipe(name: str) -> ModuleType:
    """Returns a recipe's module, which has `Config` and `main`.

    Raises:
        InputError: There is no such recipe.
    """
    if name.startswith("--"):
        hint = f"name it before its flags: kerasft train {recipe_names()[0]} {name} ...; `kerasft recipes` lists them"
        raise InputError(Problem("the recipe comes first", name, hint))
    if not has_recipe(name):
        hint = did_you_mean(name, recipe_names(), "`kerasft recipes` lists them")
        raise InputError(Problem("there is no such recipe", name, hint))
    return importlib.import_module(f"kerasft.recipes.{name.replace('-', '_')}")


def in_other_recipes(typed: str) -> str:
    """Returns what to do with a flag that a recipe lacks and others have; "" where none has it."""
    having = [
        name
        for name in recipe_names()
        if any(flag(field.name) == typed for field in dataclasses.fields(find_recipe(name).Config))
    ]
    have = "has" if len(having) == 1 else "have"
    return f"leave it out: {shorten(having, 3)} {have} it, and this recipe has not" if having else ""


def list_recipes() -> None:
    """Prints each recipe with the first line of its docstring."""
    names = recipe_names()
    width = max(map(len, names)) + 2
    for name in names:
        purpose = (find_recipe(name).__doc__ or "").strip().split("\n")[0]
        print(f"  {name:<{width}}{purpose}")


def _copy(name: str | None, target: str | None) -> None:
    if name is None:
        raise InputError(Problem("no recipe is named", "", "type `kerasft recipes copy NAME [FILE]`"))
    source = Path(str(find_recipe(name).__file__))
    path = Path(target or source.name)
    if path.is_dir():
        path = path / source.name
    if path.exists():
        raise InputError(Problem("the file exists", str(path), "name another FILE"))
    files.write_text(path, source.read_text(encoding="utf-8"))
    print(f"wrote {path}; run it with: python {path} --help")
