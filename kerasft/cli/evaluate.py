"""`kerasft evaluate ARTIFACT [DATA]`: score a run, a SavedModel or a .tflite on labelled data."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import kerasft
from kerasft.base import environment
from kerasft.base.errors import InputError, Problem
from kerasft.base.terminal import say
from kerasft.cli.parser import Parser


def run(argv: Sequence[str]) -> int:
    """Scores an artifact."""
    parser = Parser(prog="kerasft evaluate", description=__doc__)
    parser.add_artifact()
    parser.add_argument(
        "data",
        nargs="?",
        metavar="DATA",
        help="a folder of class folders or a table; default: the run's test split",
    )
    parser.add_argument(
        "--data", dest="data_flag", metavar="DATA", help="the same as DATA after the artifact"
    )
    parser.add_argument(
        "--output", metavar="FOLDER", help="write metrics, confusion matrix and predictions there"
    )
    parser.add_skip_broken()
    parser.add_trust()
    return parser.verb(argv, _work)


def _work(arguments: argparse.Namespace) -> dict:
    if arguments.data is not None and arguments.data_flag is not None:
        received = f"{arguments.data} and --data {arguments.data_flag}"
        raise InputError(Problem("the data is given twice", received, "leave one of them out"))
    environment.load_quietly()
    options = {"trust": arguments.trust, "skip_broken": arguments.skip_broken}
    data = arguments.data if arguments.data_flag is None else arguments.data_flag
    evaluation = kerasft.evaluate(arguments.artifact, data, **options)
    say(str(evaluation))
    if arguments.output:
        evaluation.write(arguments.output)
        print(f"wrote {arguments.output}")
    return evaluation.as_dict()
