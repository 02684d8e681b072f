"""`kerasft backbones`: the catalogue, as a table."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Sequence

from kerasft.cli.flags import Parser
from kerasft.contract.registry import catalogues


def run(argv: Sequence[str]) -> int:
    """Prints the catalogue."""
    parser = Parser(prog="kerasft backbones", description=__doc__)
    return parser.verb(argv, _work)


def _work(arguments: argparse.Namespace) -> dict:
    if not arguments.json:
        print("\n\n".join("\n".join(each.table()) for each in catalogues()))
    return {each.KEY: [dataclasses.asdict(each.find(name)) for name in each.names()] for each in catalogues()}
