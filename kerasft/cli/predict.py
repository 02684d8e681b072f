"""`kerasft predict ARTIFACT INPUT...`: class names and probabilities, from any artifact, of few examples or of many."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import kerasft
from kerasft.base import environment
from kerasft.base.terminal import say
from kerasft.cli.parser import Parser
from kerasft.contract.asking import AUTO, READINGS

_INPUTS = (
    "images, folders, patterns such as 'photos/*.jpg', or tables with a column of paths; for a model of texts: texts "
    "in quotes, tables with a column of texts, or folders of .txt files"
)


def run(argv: Sequence[str]) -> int:
    """Classifies images or texts; what can't be read is named, and makes the exit code 1."""
    return _parser().verb(argv, _work, failed=lambda value: value["broken"])


def _work(arguments: argparse.Namespace) -> dict:
    environment.load_quietly()
    pairs = arguments.text_pair
    found = kerasft.predict_many(
        arguments.artifact,
        arguments.inputs,
        arguments.output,
        reading=arguments.reading,
        text=arguments.text,
        text_pair=pairs[0] if pairs is not None and len(pairs) == 1 else pairs,
        image=arguments.image,
        data_dir=arguments.data_dir,
        drawings=arguments.drawings,
        top=arguments.top,
        trust=arguments.trust,
        verbose=True,
    )
    for prediction in found.predictions:
        print(prediction)
    if found.output is not None:
        print(f"wrote {found.count:,} answers to {found.output}")
    if found.drawings is not None:
        print(f"drew {found.count:,} answers into {found.drawings}")
    for problem in found.problems():
        say(f"error: {problem}", stderr=True)
    return found.as_dict()


def _parser() -> Parser:
    parser = Parser(prog="kerasft predict", description=__doc__)
    parser.add_artifact()
    parser.add_argument("inputs", nargs="+", metavar="INPUT", help=_INPUTS)
    parser.add_argument(
        "--output",
        metavar="FILE",
        help="write the answers there, with the probability of every class: .csv, .jsonl or .parquet",
    )
    parser.add_argument(
        "--drawings",
        metavar="FOLDER",
        help="of a model whose answers are images, such as masks: write them there, and laid over each image",
    )
    parser.add_argument(
        "--text", metavar="COLUMN", help="of the texts in a table (default: the run's, or text)"
    )
    parser.add_argument(
        "--text-pair",
        action="append",
        metavar="TEXT",
        help="for a model of pairs, the second text: once for each INPUT in their order, or one for all; for a "
        "table, the column of the second texts",
    )
    parser.add_argument(
        "--image",
        metavar="COLUMN",
        help="of the paths, names or ids in a table of images (default: recognised)",
    )
    parser.add_argument(
        "--data-dir", metavar="FOLDER", help="what the paths of a table are relative to (default: its folder)"
    )
    parser.add_argument(
        "--inputs",
        dest="reading",
        default=AUTO,
        choices=READINGS,
        help="for a model of texts, whether an INPUT is a text or the name of a file (default: auto)",
    )
    parser.add_argument("--top", type=int, default=3, help="how many classes to print for each (default: 3)")
    parser.add_trust()
    return parser
