"""`kerasft backbones`: the catalogue, as a table; also whether each can be had here and now."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Sequence

from kerasft.cli.parser import Parser
from kerasft.contract.catalogue import Catalogue, Entry
from kerasft.contract.registry import catalogues


def run(argv: Sequence[str]) -> int:
    """Prints the catalogue."""
    parser = Parser(prog="kerasft backbones", description=__doc__)
    return parser.verb(argv, _work, computes=False)


def _work(arguments: argparse.Namespace) -> dict:
    if not arguments.json:
        print("\n\n".join("\n".join(each.table()) for each in catalogues()))
    return {each.KEY: [_described(each, name) for name in each.names()] for each in catalogues()}


def _described(catalogue: Catalogue, name: str) -> dict:
    entry: Entry = catalogue.find(name)
    return {**dataclasses.asdict(entry), "weights": catalogue.availability(entry)}
