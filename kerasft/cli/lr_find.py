"""`kerasft lr-find RECIPE ...`: sweep the learning rate of a recipe's phases, with a table and a plot of each."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from types import ModuleType

from kerasft.base import environment
from kerasft.base.errors import InputError, Problem, did_you_mean, raise_problems
from kerasft.base.json_values import JsonObject
from kerasft.cli.checks import check_all
from kerasft.cli.flags import add_flags, config_from_texts
from kerasft.cli.parser import Parser
from kerasft.cli.recipes import find_recipe, recipe_names

PHASES = ("head", "tune", "both")
_UNUSED = ("run_dir", "overwrite", "quantize")  # of what comes after the plan


def run(argv: Sequence[str]) -> int:
    """Sweeps the phases of the recipe that its flags describe."""
    names = [name for name in recipe_names() if _has_phases(name)]
    if not argv or argv[0] in ("-h", "--help"):
        print(
            f"usage: kerasft lr-find RECIPE [the recipe's flags] [--phase {'|'.join(PHASES)}] [--output FOLDER]\n"
        )
        print("recipes:\n" + "\n".join(f"  {name}" for name in names))
        print("\n`kerasft lr-find RECIPE --help` shows all flags.")
        return 0
    if argv[0].replace("_", "-") not in names:
        hint = did_you_mean(argv[0], names, "give one of " + ", ".join(names))
        raise InputError(Problem("there is no such recipe with phases", argv[0], hint))
    recipe = find_recipe(argv[0])
    parser = Parser(prog=f"kerasft lr-find {argv[0]}", usage="%(prog)s [options]", description=__doc__)
    add_flags(parser, recipe.Config, without=_UNUSED)
    parser.add_argument("--phase", default="both", choices=PHASES, help="which to sweep (default: both)")
    parser.add_argument(
        "--output", default="learning_rates", metavar="FOLDER", help="of the plots (default: learning_rates)"
    )
    return parser.verb(argv[1:], partial(_sweep, recipe))


def _sweep(recipe: ModuleType, arguments: argparse.Namespace) -> JsonObject:
    phase, output = arguments.phase, Path(arguments.output)
    config = config_from_texts(recipe.Config, vars(arguments))
    raise_problems([*check_all(config), *_output_problems(output)])
    environment.load_quietly()
    from kerasft.training.learning_rates import plot_learning_rates
    from kerasft.training.learning_rates.several import find_learning_rates
    from kerasft.training.plan import plan_of

    plan = plan_of(recipe.main, config)
    every = [each.name for each in plan.phases]
    wanted = every if phase == "both" else [phase]
    found = find_learning_rates(plan.model, plan.splits, plan.phases, plan.training, wanted)
    result = {}
    for each in found:
        path = plot_learning_rates(each, output / f"{each.phase}.png")
        print(f"\n{each}\n  plot: {path}")
        result[each.phase] = {**each.as_dict(), "plot": str(path)}
    flags = " ".join(f"--{each.phase}-learning-rate {each.suggestion:g}" for each in found)
    print(f"\ntrain with: {flags}")
    return {"phases": result}


def _has_phases(name: str) -> bool:
    return any(field.name == "head_learning_rate" for field in dataclasses.fields(find_recipe(name).Config))


def _output_problems(path: Path) -> list[Problem]:
    if path.is_file():
        return [Problem("the output is a file", str(path), "name a folder with --output")]
    return []
