"""`kerasft train RECIPE ...`: the recipe's own command line."""

from __future__ import annotations

from collections.abc import Sequence

from kerasft.cli.flags import cli_main
from kerasft.cli.recipes import find_recipe, list_recipes


def run(argv: Sequence[str]) -> int:
    """Runs the recipe with the rest of the arguments."""
    if not argv or argv[0] in ("-h", "--help"):
        print("usage: kerasft train RECIPE ...\n\nrecipes:")
        list_recipes()
        print("\n`kerasft train RECIPE --help` shows the options of a recipe.")
        return 0
    recipe = find_recipe(argv[0])
    return cli_main(recipe.Config, recipe.main, argv[1:])
