"""`kerasft compare RUN RUN...`: is the difference real? `kerasft compare TASK`: the ways to train."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import kerasft
from kerasft.base import environment
from kerasft.base.errors import InputError, Problem, raise_problems
from kerasft.base.terminal import say
from kerasft.cli.checks import check_all
from kerasft.cli.flags import add_flags, config_from_texts
from kerasft.cli.parser import Parser
from kerasft.contract.grid import Grid
from kerasft.contract.registry import task_names, task_of
from kerasft.contract.task import Task

_UNUSED = ("validation_data", "validation_share")  # no way to train looks at a validation split
_USAGE = """usage: kerasft compare RUN RUN ... [--data DATA] [--html FILE] [--skip-broken] [--trust] [--json]
{tasks}

The first form compares artifacts (runs, bundles, SavedModels, .tflite and .onnx files) on the same test examples.
The others train from scratch, the head only, in two phases and fully, each with few examples, more, and all.

`kerasft compare {task} --help` shows the options."""

_WAYS = """Trains from scratch, the head only, in two phases and fully, each with few examples, more, and all, and
scores all of them on the same test split."""


def run(argv: Sequence[str]) -> int:
    """Compares artifacts, or the ways to train."""
    if not argv or argv[0] in ("-h", "--help"):
        print(_usage())
        return 0
    task = argv[0].replace("-", "_")
    return _ways(task, argv[1:]) if task in task_names() else _artifacts(argv)


def _usage() -> str:
    tasks = [_typed(each) for each in task_names()]
    lines = [f"       kerasft compare {each} --output FOLDER [options]" for each in tasks]
    return _USAGE.format(tasks="\n".join(lines), task=tasks[0])


def _typed(task: str) -> str:
    return task.replace("_", "-")


def _artifacts(argv: Sequence[str]) -> int:
    parser = Parser(prog="kerasft compare", description=_usage())
    parser.add_argument("artifacts", nargs="+", metavar="RUN", help="runs or other artifacts, two or more")
    parser.add_argument(
        "--data",
        metavar="DATA",
        help="labelled examples that none has trained on (default: their test split)",
    )
    parser.add_argument("--html", metavar="FILE", help="write a page with charts, classes and settings")
    parser.add_language()
    parser.add_skip_broken()
    parser.add_trust()
    return parser.verb(argv, _compare)


def _compare(arguments: argparse.Namespace) -> dict:
    if len(arguments.artifacts) < 2:
        hint = f"give two or more, or one of {', '.join(map(_typed, task_names()))}"
        raise InputError(Problem("there is nothing to compare with", arguments.artifacts[0], hint))
    environment.load_quietly()
    options = {"trust": arguments.trust, "skip_broken": arguments.skip_broken}
    found = kerasft.compare(arguments.artifacts, arguments.data, **options)
    say(str(found))
    if arguments.html:
        print(f"\nwrote {kerasft.write_comparison(found, arguments.html)}")
    return found.as_dict()


def _ways(name: str, argv: Sequence[str]) -> int:
    task = task_of(name)
    kind = task.Comparison
    if kind is None:
        hint = "give runs of it: kerasft compare RUN RUN"
        raise InputError(Problem("the ways to train this task can't be compared", _typed(name), hint))
    parser = Parser(
        prog=f"kerasft compare {_typed(name)}", usage="%(prog)s --output FOLDER [options]", description=_WAYS
    )
    add_flags(parser, kind, without=_UNUSED)
    parser.add_argument("--output", metavar="FOLDER", help="where cells, table and plots are kept (required)")
    return parser.verb(argv, partial(_train_all, task, kind))


def _train_all(task: Task, kind: type[Grid], arguments: argparse.Namespace) -> dict:
    output = arguments.output
    config = config_from_texts(kind, vars(arguments))
    problems = check_all(config)
    for read in (config.counts, config.chosen_ways):
        try:
            problems += [] if read() else [Problem("a list is empty", read.__name__, "give one or more")]
        except InputError as error:
            problems += error.problems
    if output is None:
        problems.append(Problem("no folder is named", "", "give one with --output"))
    elif Path(output).is_file():
        problems.append(Problem("the output is a file", output, "name a folder with --output"))
    raise_problems(problems)
    environment.load_quietly()
    from kerasft.comparing.lecture import builder

    splits, settings = task.compared(config)
    print(f"{splits}\n")
    found = kerasft.compare_ways(builder(task.name, splits, settings), splits, output, config)
    files = ", ".join(sorted(path.name for path in Path(output).iterdir() if path.is_file()))
    print(f"\n{found}\n\nin {output}: {files}")
    return {**found.as_dict(), "output": str(output)}
