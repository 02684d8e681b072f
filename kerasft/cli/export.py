"""`kerasft export RUN`: write a .tflite, a SavedModel or ONNX, and score the file itself before it is called done."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import kerasft
from kerasft.base import environment
from kerasft.base.terminal import say
from kerasft.cli.moved_data import add_data_flags, with_data_of
from kerasft.cli.parser import Parser
from kerasft.formats.ladder import FORMATS, IO, QUANTIZATIONS

SHARES = {
    "--max-accuracy-drop": "accuracy that a quantized file may lose (default: 0.01)",
    "--min-agreement": "share of the test split on which it must decide as the Keras model (default: 0.97 for "
    "int8 and mixed, 0.99 for dynamic and int16)",
    "--unknown-precision": "say unknown below the probability that makes this share of the other answers right",
}


def run(argv: Sequence[str]) -> int:
    """Exports a run."""
    parser = Parser(prog="kerasft export", description=__doc__)
    parser.add_argument("run", help="a run folder, or a bundle")
    parser.add_argument("--format", choices=FORMATS, default="tflite", help="(default: tflite)")
    parser.add_argument(
        "--quantize",
        choices=QUANTIZATIONS,
        default="none",
        help="for tflite; auto is the smallest that keeps the gate (default: none)",
    )
    parser.add_argument("--io", choices=IO, default="uint8", help="input and output of int8 (default: uint8)")
    parser.add_argument(
        "--form",
        metavar="NAME",
        help="of a .tflite that finds boxes: anchors (two outputs), or boxes (four, suppression inside)",
    )
    for name, text in SHARES.items():
        parser.add_argument(name, type=float, metavar="SHARE", help=text)
    parser.add_argument("--version", default="", metavar="TEXT", help="of the model, for the metadata")
    parser.add_argument(
        "--licence",
        default="",
        metavar="TEXT",
        help="of the model, for the metadata (default: none; the card names that of the backbone)",
    )
    add_data_flags(parser)
    parser.add_argument(
        "--output", metavar="FOLDER", help="where to write (default: RUN/exports; of a bundle: exports)"
    )
    return parser.verb(argv, _work)


def _work(arguments: argparse.Namespace) -> dict:
    environment.load_quietly()
    opened = kerasft.Run.open(arguments.run)
    opened = with_data_of(opened, arguments)
    result = kerasft.export(
        opened,
        arguments.format,
        quantize=arguments.quantize,
        io=arguments.io,
        max_accuracy_drop=arguments.max_accuracy_drop,
        min_agreement=arguments.min_agreement,
        unknown_precision=arguments.unknown_precision,
        version=arguments.version,
        licence=arguments.licence,
        form=arguments.form,
        output=arguments.output,
    )
    say(str(result))
    return result.as_dict()
