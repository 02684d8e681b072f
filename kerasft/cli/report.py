"""`kerasft report RUN`: one page to look at: data, curves, mistakes, confidence, groups and files of a run."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import kerasft
from kerasft.base import environment
from kerasft.base.terminal import say
from kerasft.cli.moved_data import add_data_flags, with_data_of
from kerasft.cli.parser import Parser


def run(argv: Sequence[str]) -> int:
    """Writes the report of a run."""
    parser = Parser(prog="kerasft report", description=__doc__)
    parser.add_argument("run", help="a run folder, or a bundle")
    parser.add_argument(
        "--group",
        metavar="COLUMN",
        help="show metrics per group: a column of the run's table, or a CSV file with the columns id and group",
    )
    add_data_flags(parser)
    parser.add_argument(
        "--output", metavar="FILE", help="the page (default: RUN/report.html; of a bundle: report.html)"
    )
    parser.add_argument(
        "--no-explain",
        action="store_true",
        help="leave out where the evidence for the worst mistakes is, which takes some seconds",
    )
    parser.add_language()
    return parser.verb(argv, _work)


def _work(arguments: argparse.Namespace) -> dict:
    environment.load_quietly()
    opened = kerasft.Run.open(arguments.run)
    opened = with_data_of(opened, arguments)
    options = {"group": arguments.group, "output": arguments.output, "explain": not arguments.no_explain}
    written = kerasft.report(opened, **options)
    say(str(written))
    return written.as_dict()
