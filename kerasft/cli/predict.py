"""`kerasft predict ARTIFACT PICTURE_OR_TEXT...`: class names and probabilities, from any artifact."""

from __future__ import annotations

from collections.abc import Sequence

import kerasft
from kerasft import environment
from kerasft.cli.flags import Parser, print_result


def run(argv: Sequence[str]) -> int:
    """Classifies pictures or texts."""
    parser = Parser(prog="kerasft predict", description=__doc__)
    parser.add_argument("artifact", help="a run folder, a bundle, a SavedModel folder, a .tflite or an .onnx")
    parser.add_argument("inputs", nargs="+", metavar="INPUT", help="picture files, or texts in quotes")
    parser.add_argument(
        "--text-pair",
        action="append",
        metavar="TEXT",
        help="for a model of pairs, the second text: once for each INPUT in their order, or one for all",
    )
    parser.add_argument("--top", type=int, default=3, help="how many classes to list (default: 3)")
    parser.add_argument("--trust", action="store_true", help="run a SavedModel that was not exported here")
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object on stdout, the rest on stderr"
    )
    arguments = parser.parse_args(argv)

    def work() -> dict:
        environment.load_quietly()
        pairs = arguments.text_pair
        pairs = pairs[0] if pairs is not None and len(pairs) == 1 else pairs
        options = {"pairs": pairs, "top": arguments.top, "trust": arguments.trust}
        predictions = kerasft.predict(arguments.artifact, arguments.inputs, **options)
        for prediction in predictions:
            print(prediction)
        return {"predictions": [prediction.as_dict() for prediction in predictions]}

    print_result(work, arguments.json)
    return 0
