"""`kerasft predict ARTIFACT PICTURE_OR_TEXT...`: class names and probabilities, from any artifact."""

from __future__ import annotations

from collections.abc import Sequence

import kerasft
from kerasft import environment
from kerasft.cli.flags import Parser, print_result


def run(argv: Sequence[str]) -> int:
    """Classifies pictures or texts."""
    parser = Parser(prog="kerasft predict", description=__doc__)
    parser.add_argument("artifact", help="a run folder, a SavedModel folder or a .tflite")
    parser.add_argument("inputs", nargs="+", metavar="INPUT", help="picture files, or texts in quotes")
    parser.add_argument("--top", type=int, default=3, help="how many classes to list (default: 3)")
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object on stdout, the rest on stderr"
    )
    arguments = parser.parse_args(argv)

    def work() -> dict:
        environment.load_quietly()
        predictions = kerasft.predict(arguments.artifact, arguments.inputs, top=arguments.top)
        for prediction in predictions:
            print(prediction)
        return {"predictions": [prediction.as_dict() for prediction in predictions]}

    print_result(work, arguments.json)
    return 0
