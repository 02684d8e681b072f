"""`kerasft bundle RUN [FILE]`: a run in one file, to hand in or to keep; `--extract` makes a run of one again."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import kerasft
from kerasft.base import environment, files
from kerasft.cli.parser import Parser

_NOTE = """\
The file holds config, best weights, class names, history and the list of the splits, with the SHA-256 of each, and not
the data. predict, evaluate and export take it as they take a run folder; no code from it is run: see SECURITY.md."""


def run(argv: Sequence[str]) -> int:
    """Writes or unpacks a bundle."""
    parser = Parser(prog="kerasft bundle", description=__doc__, epilog=_NOTE)
    parser.add_argument("run", metavar="RUN", help="a run folder; with --extract, a bundle")
    parser.add_argument(
        "file", nargs="?", metavar="FILE", help="what to write (default: RUN.kerasft, beside the run)"
    )
    parser.add_argument("--extract", action="store_true", help="make a run folder FILE of the bundle RUN")
    parser.add_argument("--overwrite", action="store_true", help="replace an earlier file")
    return parser.verb(argv, _work, computes=False)


def _work(arguments: argparse.Namespace) -> dict:
    environment.load_quietly()
    if arguments.extract:
        made = kerasft.extract(arguments.run, arguments.file or Path(arguments.run).with_suffix("")).run_dir
    else:
        made = kerasft.bundle(arguments.run, arguments.file, overwrite=arguments.overwrite)
    print(f"wrote {made} ({files.megabytes(made):.1f} MB)")
    return {"path": str(made), "megabytes": round(files.megabytes(made), 3)}
