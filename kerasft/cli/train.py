"""`kerasft train RECIPE ...`: the recipe's own command line; `kerasft train --resume RUN` goes on with a run."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import kerasft
from kerasft.base import environment
from kerasft.base.shells import quoted
from kerasft.cli.flags import cli_main
from kerasft.cli.parser import Parser
from kerasft.cli.recipes import find_recipe, has_recipe, list_recipes


def run(argv: Sequence[str]) -> int:
    """Runs the recipe with the rest of the arguments."""
    if not argv or argv[0] in ("-h", "--help"):
        print("usage: kerasft train RECIPE ...\n       kerasft train --resume RUN\n\nrecipes:")
        list_recipes()
        print("\n`kerasft train RECIPE --help` shows the options of a recipe.")
        return 0
    if argv[0].split("=")[0] == "--resume":
        return _resume(argv)
    recipe = find_recipe(argv[0])
    return cli_main(recipe.Config, recipe.main, argv[1:], f"kerasft train {argv[0]}")


def _resume(argv: Sequence[str]) -> int:
    """Finishes an interrupted run and scores it."""
    parser = Parser(prog="kerasft train", description=__doc__)
    parser.add_argument("--resume", required=True, metavar="RUN", help="the folder of an interrupted run")
    parser.add_argument(
        "--accept-rounding", action="store_true",
        help="go on where sums are rounded otherwise than where it began, to slightly other weights",
    )  # fmt: skip
    return parser.verb(argv, _finish)


def _finish(arguments: argparse.Namespace) -> dict:
    environment.load_quietly()
    from kerasft.formats.ladder import command

    finished = kerasft.resume(arguments.resume, accept_rounding=arguments.accept_rounding, then="evaluation")
    evaluation = kerasft.evaluate(finished)
    evaluation.write(finished.run_dir / "evaluation")
    print(f"the best weights on the test split\n\n{evaluation}\n\nrun folder: {finished.run_dir}")
    task = finished.model_config.task
    quantization = find_recipe(task).Config.quantize if has_recipe(task) else "none"
    how = kerasft.export_later(finished, quantize=quantization) or command(finished.run_dir, quantization)
    place = quoted(finished.run_dir)
    print(f"export it with:  {how}\nthen look at it: kerasft report {place}")
    name = evaluation.score_name.replace(" ", "_")
    return {"run_dir": str(finished.run_dir), f"test_{name}": evaluation.score}
