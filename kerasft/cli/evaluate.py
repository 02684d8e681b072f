"""`kerasft evaluate ARTIFACT [DATA]`: score a run, a SavedModel or a .tflite on labelled data."""

from __future__ import annotations

from collections.abc import Sequence

import kerasft
from kerasft.base import environment
from kerasft.base.errors import InputError, Problem
from kerasft.cli.flags import Parser, print_result


def run(argv: Sequence[str]) -> int:
    """Scores an artifact."""
    parser = Parser(prog="kerasft evaluate", description=__doc__)
    parser.add_argument("artifact", help="a run folder, a bundle, a SavedModel folder, a .tflite or an .onnx")
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
    if arguments.data is not None and arguments.data_flag is not None:
        received = f"{arguments.data} and --data {arguments.data_flag}"
        raise InputError(Problem("the data is given twice", received, "leave one of them out"))

    def work() -> dict:
        environment.load_quietly()
        options = {"trust": arguments.trust, "skip_broken": arguments.skip_broken}
        data = arguments.data if arguments.data_flag is None else arguments.data_flag
        evaluation = kerasft.evaluate(arguments.artifact, data, **options)
        print(evaluation)
        if arguments.output:
            evaluation.write(arguments.output)
            print(f"wrote {arguments.output}")
        return evaluation.as_dict()

    print_result(work, arguments.json)
    return 0
