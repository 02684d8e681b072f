"""`kerasft backbones`: the catalogue, as a table."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from kerasft.cli.flags import Parser, print_result
from kerasft.contract.registry import catalogues


def run(argv: Sequence[str]) -> int:
    """Prints the catalogue."""
    parser = Parser(prog="kerasft backbones", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object on stdout")
    arguments = parser.parse_args(argv)

    def work() -> dict:
        if not arguments.json:
            print("\n\n".join("\n".join(each.table()) for each in catalogues()))
        return {
            each.KEY: [dataclasses.asdict(each.find(name)) for name in each.names()] for each in catalogues()
        }

    print_result(work, arguments.json)
    return 0
