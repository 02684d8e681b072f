"""Writes the table of docs/testing.md and the order of the files from what the tests have cost.

python -m pytest -q -n auto --costs fast.json
python -m pytest -q -n auto -m slow --costs slow.json
python -m tests.slowest fast.json slow.json
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "testing.md"
BY_FILE = Path(__file__).with_name("costs.json")
MOST = 30
MARKS = "<!-- slowest -->\n", "<!-- end of slowest -->"


def without_parameters(tests: dict[str, float]) -> dict[str, tuple[float, int]]:
    """Returns CPU seconds and number of cases of each test function."""
    seconds: dict[str, float] = defaultdict(float)
    for name, spent in tests.items():
        seconds[name.split("[")[0]] += spent
    cases = Counter(name.split("[")[0] for name in tests)
    return {name: (spent, cases[name]) for name, spent in seconds.items()}


def protects(name: str) -> str:
    """Returns what a test protects: its name as a sentence, and the first line of its file's docstring."""
    path, function = name.split("::")
    about = ast.get_docstring(ast.parse((ROOT / path).read_text("utf-8"))) or ""
    fact = function.removeprefix("test_").replace("_", " ")
    return f"{fact[:1].upper()}{fact[1:]} ({about.splitlines()[0].rstrip('.') if about else path})"


def table(tests: dict[str, float]) -> str:
    """Returns the slowest tests as a Markdown table, and what part of all they are."""
    found = without_parameters(tests)
    slowest = sorted(found.items(), key=lambda item: -item[1][0])[:MOST]
    rows = [
        f"| {spent:.0f} | {cases} | `{name.split('::')[0]}` | {protects(name)} |"
        for name, (spent, cases) in slowest
    ]
    share = sum(spent for _, (spent, _) in slowest) / sum(tests.values())
    head = f"The slowest {len(rows)} of {len(found)} tests take {share:.0%} of the CPU time.\n\n"
    return head + "| CPU seconds | cases | file | what it protects |\n|---|---|---|---|\n" + "\n".join(rows)


def section(path: str) -> str:
    """Returns the table of one file that `--costs` wrote."""
    costs = json.loads(Path(path).read_text("utf-8"))
    title = Path(path).stem.capitalize()
    took = f"{costs['cpu_seconds']:.0f} CPU seconds in all"
    return f"### {title} tests: {took}\n\n{table(costs['tests'])}\n"


def main(paths: list[str]) -> None:
    """Writes both files.

    Args:
        paths: Written by `--costs`, and called fast.json and slow.json.
    """
    by_file = json.loads(BY_FILE.read_text("utf-8")) if BY_FILE.exists() else {}
    for path in paths:
        spent: dict[str, float] = defaultdict(float)
        for name, seconds in json.loads(Path(path).read_text("utf-8"))["tests"].items():
            spent[name.split("::")[0]] += seconds
        by_file[Path(path).stem] = {name: round(spent[name], 1) for name in sorted(spent)}
    BY_FILE.write_text(json.dumps(by_file, indent=1) + "\n", "utf-8")
    text = "\n".join(map(section, paths))
    page = PAGE.read_text("utf-8")
    pattern = re.compile(f"{re.escape(MARKS[0])}.*?{re.escape(MARKS[1])}", re.DOTALL)
    PAGE.write_text(pattern.sub(lambda match: f"{MARKS[0]}\n{text}\n{MARKS[1]}", page), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
