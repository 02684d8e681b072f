"""The clock that people set may go back between two runs, or within one: nothing is decided by it.

Durations and time left are taken from a clock that only goes on, locks are the operating system's, and what is old is
told by hashes. The date is written down for people, in two places.
"""

import ast
from collections.abc import Iterable

import pytest

from tests.sources import PATHS, ROOT, nodes_of

FOR_PEOPLE = {
    "runs/folder.py": "datetime.now",
    "reporting/page.py": "datetime.now",
    "comparing/page.py": "datetime.now",
}
WALL = {"time.time", "time.time_ns", "datetime.now", "datetime.utcnow", "datetime.today", "date.today"}
TIMES_OF_FILES = {"st_mtime", "st_mtime_ns", "st_ctime", "st_ctime_ns", "st_atime", "getmtime", "getctime"}


def readings(nodes: Iterable[ast.AST]) -> list[str]:
    """Returns the places of a module that read the clock of the wall, or when a file was written."""
    found = []
    for node in nodes:
        if isinstance(node, ast.Attribute):
            owner = getattr(node.value, "id", getattr(node.value, "attr", ""))
            called = f"{owner}.{node.attr}"
            found += [called] if called in WALL or node.attr in TIMES_OF_FILES else []
        elif isinstance(node, ast.ImportFrom) and node.module in ("time", "os.path"):
            names = {f"{node.module}.{each.name}" for each in node.names}
            found += sorted(names & (WALL | {f"os.path.{name}" for name in TIMES_OF_FILES}))
    return found


@pytest.mark.parametrize(
    "source",
    [
        "import time; time.time()",
        "from time import time",
        "import datetime; datetime.datetime.now()",
        "path.stat().st_mtime",
    ],
)
def test_such_places_are_found(source):
    assert len(readings(ast.walk(ast.parse(source)))) == 1
    other = ast.parse("import time; time.perf_counter(), time.monotonic()")
    assert readings(ast.walk(other)) == []


def test_nothing_is_decided_by_the_clock_that_people_set():
    found = {
        path.relative_to(ROOT).as_posix(): reading for path in PATHS for reading in readings(nodes_of(path))
    }
    assert found == FOR_PEOPLE
