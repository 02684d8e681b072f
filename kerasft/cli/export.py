"""`kerasft export RUN`: write a SavedModel or a .tflite, and score the file itself before it is called done."""

from __future__ import annotations

from collections.abc import Sequence

import kerasft
from kerasft import environment
from kerasft.cli.flags import Parser, print_result

FORMATS = ("tflite", "saved_model")
QUANTIZATIONS = ("none", "float16", "dynamic", "int8")


def run(argv: Sequence[str]) -> int:
    """Exports a run."""
    parser = Parser(prog="kerasft export", description=__doc__)
    parser.add_argument("run", help="a run folder")
    parser.add_argument("--format", choices=FORMATS, default="tflite", help="(default: tflite)")
    parser.add_argument(
        "--quantize", choices=QUANTIZATIONS, default="none", help="for tflite (default: none)"
    )
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object on stdout, the rest on stderr"
    )
    arguments = parser.parse_args(argv)

    def work() -> dict:
        environment.load_quietly()
        quantize = None if arguments.quantize == "none" else arguments.quantize
        result = kerasft.export(kerasft.Run.open(arguments.run), arguments.format, quantize=quantize)
        print(result)
        return result.as_dict()

    print_result(work, arguments.json)
    return 0
