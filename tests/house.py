"""The house: which room of the package may import which, and which may name a kind.

A kind (a folder of `inputs/` or `targets/`) is known to `tasks/` alone; the works (training, exporting, ...) know the
contract. Imports go down only.
"""

import ast
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from tests.sources import PATHS, ROOT, nodes_of

LEVELS = [
    {"base", "recipes"},
    {"contract", "networks"},
    {"data", "formats"},
    {"inputs", "targets", "runs"},
    {"tasks", "training", "predicting", "doctor"},
    {"exporting", "explaining", "comparing", "benchmarking"},
    {"reporting"},
    {"cli"},
    {"__main__.py"},
]
LEVEL = {room: number for number, rooms in enumerate(LEVELS) for room in rooms}
SOURCES = [path for path in PATHS if path != ROOT / "__init__.py"]
KINDS = ("inputs", "targets")
BUILT_ON = {
    "targets/order": "targets/classes"
}  # classes with an order are classes; none of these is the other way
NAMELESS = set(LEVEL) - {*KINDS, "tasks", "contract"}  # rooms that may name neither a task nor a kind
COLUMNS = {"images", "texts", "pairs"}  # of one kind's splits; `examples` and `targets` are any kind's


def name_of(path: Path) -> str:
    """Returns a file's place, as "inputs/images/decode.py"."""
    return path.relative_to(ROOT).as_posix()


@cache
def imports_of(path: Path) -> set[str]:
    """Returns the files of the package that a file imports, inside functions too."""
    return _imported(path, nodes_of(path))


def _imported(path: Path, nodes: Iterable[ast.AST]) -> set[str]:
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {file for name in node.names if (file := _file(name.name))}
        elif isinstance(node, ast.ImportFrom) and node.module:
            for name in node.names:
                file = _file(f"{node.module}.{name.name}") or _file(node.module)
                found |= {file} if file else set()
    return found - {name_of(path), "__init__.py"}


def _file(module: str) -> str | None:
    """Returns the file of a module of the package."""
    first, *parts = module.split(".")
    if first != "kerasft":
        return None
    place = ROOT.joinpath(*parts)
    for path in (place / "__init__.py", place.with_suffix(".py")):
        if path.is_file():
            return name_of(path)
    return None


def broken_rule(importer: str, imported: str) -> str | None:
    """Returns the rule that an import breaks, in a word."""
    (room, *inner), (other, *theirs) = importer.split("/"), imported.split("/")
    if room != other:
        if other in KINDS and room in KINDS:
            return "kinds"
        if other in KINDS and room != "tasks":
            return "kind"
        return "up" if LEVEL[room] <= LEVEL[other] else None
    if room in (*KINDS, "tasks") and len(theirs) > 1 and len(inner) > 1 and inner[0] != theirs[0]:
        return None if BUILT_ON.get(f"{room}/{inner[0]}") == f"{room}/{theirs[0]}" else "kinds"
    return None


def broken_imports() -> set[str]:
    """Returns the imports that break a rule, as "importer -> imported: rule"."""
    return {
        f"{name_of(path)} -> {imported}: {rule}"
        for path in SOURCES
        for imported in imports_of(path)
        if (rule := broken_rule(name_of(path), imported))
    }


def task_and_kind_names() -> set[str]:
    """Returns the names of the folders of tasks, inputs and targets, those of tasks as they are typed too."""
    names = {path.parent.name for room in (*KINDS, "tasks") for path in (ROOT / room).glob("*/__init__.py")}
    return names | {name.replace("_", "-") for name in names}


def names_in(nodes: Iterable[ast.AST], names: set[str]) -> set[str]:
    """Returns which strings of a source are a name, and which attributes one kind's columns; docstrings left out."""
    nodes = list(nodes)
    told = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    found = set()
    for node in nodes:
        if isinstance(node, ast.Constant) and id(node) not in told and node.value in names:
            found.add(repr(node.value))
        elif isinstance(node, ast.Attribute) and node.attr in COLUMNS:
            found.add(f".{node.attr}")
    return found


def named() -> set[str]:
    """Returns the names of tasks and kinds in rooms that may have none, as "file: name"."""
    names = task_and_kind_names()
    return {
        f"{name_of(path)}: {found}"
        for path in SOURCES
        if name_of(path).split("/")[0] in NAMELESS
        for found in names_in(nodes_of(path), names)
    }


def lines_of_any(path: Path) -> list[int]:
    """Returns the lines of a file that say `Any`, its import among them; words and comments don't count."""
    return sorted(
        {
            node.lineno
            for node in nodes_of(path)
            if isinstance(node, ast.Name | ast.alias)
            and "Any" in (getattr(node, "id", ""), getattr(node, "name", ""))
        }
    )


def circle() -> list[str]:
    """Returns files of which each imports the next and the last the first, wherever they do; [] if none do."""
    graph = {name_of(path): sorted(imports_of(path)) for path in SOURCES}
    done: set[str] = set()

    def search(name: str, way: list[str]) -> list[str]:
        if name in way:
            return way[way.index(name) :]
        if name in done:
            return []
        for other in graph.get(name, ()):
            if found := search(other, [*way, name]):
                return found
        done.add(name)
        return []

    return next((found for name in graph if (found := search(name, []))), [])
