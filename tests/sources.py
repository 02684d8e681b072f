"""The sources of the package, read and parsed once per process: several tests look through all of them."""

import ast
from functools import cache
from pathlib import Path

import kerasft

ROOT = Path(kerasft.__file__).parent
PATHS = tuple(sorted(ROOT.rglob("*.py")))


@cache
def tree_of(path: Path) -> ast.Module:
    """Returns the syntax tree of a file. Don't change it."""
    return ast.parse(path.read_text("utf-8"))


@cache
def nodes_of(path: Path) -> tuple[ast.AST, ...]:
    """Returns all nodes of a file's tree, as `ast.walk` finds them."""
    return tuple(ast.walk(tree_of(path)))
