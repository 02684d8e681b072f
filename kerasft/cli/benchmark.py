"""`kerasft benchmark ARTIFACT...`: size, load time, latency, memory and operations on this computer."""

from __future__ import annotations

from collections.abc import Sequence

import kerasft
from kerasft.base import environment
from kerasft.cli.flags import Parser, print_result


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
    parser.add_argument(
        "--skip-broken",
        action="store_true",
        help="leave out examples of DATA that can't be read, and name them",
    )
    parser.add_argument("--trust", action="store_true", help="run a SavedModel that was not exported here")
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object on stdout, the rest on stderr"
    )
    arguments = parser.parse_args(argv)

    def work() -> dict:
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

    print_result(work, arguments.json)
    return 0
