"""`kerasft predict ARTIFACT PICTURE...`: class names and probabilities, from a run, a SavedModel or a .tflite."""

from __future__ import annotations

from collections.abc import Sequence

import kerasft
from kerasft import environment
from kerasft.cli.flags import Parser, print_result


def run(argv: Sequence[str]) -> int:
    """Classifies pictures."""
    parser = Parser(prog="kerasft predict", description=__doc__)
    parser.add_argument("artifact", help="a run folder, a SavedModel folder or a .tflite")
    parser.add_argument("pictures", nargs="+", metavar="PICTURE", help="picture files")
    parser.add_argument("--top", type=int, default=3, help="how many classes to list (default: 3)")
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object on stdout, the rest on stderr"
    )
    arguments = parser.parse_args(argv)

    def work() -> dict:
        environment.load_quietly()
        predictions = kerasft.predict(arguments.artifact, arguments.pictures, top=arguments.top)
        for prediction in predictions:
            print(prediction)
        return {"predictions": [prediction.as_dict() for prediction in predictions]}

    print_result(work, arguments.json)
    return 0
