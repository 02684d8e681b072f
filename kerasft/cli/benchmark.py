"""`kerasft benchmark ARTIFACT...`: size, load time, latency, memory and operations on this computer."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import kerasft
from kerasft.base import environment
from kerasft.cli.parser import Parser


def run(argv: Sequence[str]) -> int:
    """Measures artifacts."""
    parser = Parser(prog="kerasft benchmark", description=__doc__)
    parser.add_argument(
        "artifacts",
        nargs="+",
        metavar="ARTIFACT",
        help="run folders, bundles, SavedModel folders, .tflite or .onnx files",
    )
    parser.add_argument(
        "--data",
        metavar="DATA",
        help="labelled examples for the score (default: what was measured at the export)",
    )
    parser.add_argument("--threads", type=int, metavar="N", help="of the second timing (default: all cores)")
    parser.add_argument("--plot", metavar="FILE.png", help="draw the score against latency and size")
    parser.add_skip_broken()
    parser.add_trust()
    return parser.verb(argv, _work)


def _work(arguments: argparse.Namespace) -> dict:
    environment.load_quietly()
    from kerasft.benchmarking.plots import plot_benchmarks
    from kerasft.benchmarking.results import to_table

    found = kerasft.benchmark(
        arguments.artifacts,
        arguments.data,
        threads=arguments.threads,
        trust=arguments.trust,
        skip_broken=arguments.skip_broken,
    )
    print(to_table(found))
    if arguments.plot:
        print(f"wrote {plot_benchmarks(found, arguments.plot)}")
    return {"artifacts": [each.as_dict() for each in found]}
