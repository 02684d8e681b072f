"""`kerasft evaluate ARTIFACT [DATA]`: score a run, a SavedModel or a .tflite on labelled data."""

from __future__ import annotations

from collections.abc import Sequence

import kerasft
from kerasft import environment
from kerasft.cli.flags import Parser, print_result


def run(argv: Sequence[str]) -> int:
    """Scores an artifact."""
    parser = Parser(prog="kerasft evaluate", description=__doc__)
    parser.add_argument("artifact", help="a run folder, a bundle, a SavedModel folder, a .tflite or an .onnx")
    parser.add_argument(
        "data", nargs="?", help="a folder of class folders or a table; default: the run's test split"
    )
    parser.add_argument(
        "--output", metavar="FOLDER", help="write metrics, confusion matrix and predictions there"
    )
    parser.add_argument("--trust", action="store_true", help="run a SavedModel that was not exported here")
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object on stdout, the rest on stderr"
    )
    arguments = parser.parse_args(argv)

    def work() -> dict:
        environment.load_quietly()
        evaluation = kerasft.evaluate(arguments.artifact, arguments.data, trust=arguments.trust)
        print(evaluation)
        if arguments.output:
            evaluation.write(arguments.output)
            print(f"wrote {arguments.output}")
        return evaluation.as_dict()

    print_result(work, arguments.json)
    return 0
