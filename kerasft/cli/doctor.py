"""`kerasft doctor [DATA]`: what is wrong with data before training, or, without DATA, with this environment."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import kerasft
from kerasft.base import environment
from kerasft.base.errors import InputError, Problem
from kerasft.base.terminal import say
from kerasft.base.verbosity import is_verbose
from kerasft.cli.parser import Parser
from kerasft.contract.registry import task_names

_NOTE = """\
The exit code is 1 if training would refuse the data, or if something doesn't work here."""


def run(argv: Sequence[str]) -> int:
    """Examines data, or the environment."""
    parser = Parser(prog="kerasft doctor", description=__doc__, epilog=_NOTE)
    parser.add_argument(
        "data", nargs="?", help="as for --data of a recipe: a folder, a table, tfds:NAME, digits"
    )
    tasks = " or ".join(name.replace("_", "-") for name in task_names())
    parser.add_argument("--task", help=f"{tasks} (default: by what DATA holds)")
    parser.add_argument("--html", metavar="FILE", help="write a page with thumbnails of what was found")
    parser.add_argument(
        "--backbone",
        metavar="NAME",
        help="whose features labels are judged by (default: starter; for texts MiniLM or TF-IDF)",
    )
    parser.add_argument(
        "--weights", metavar="FILE", default="pretrained", help="a weights file of that backbone"
    )
    parser.add_argument(
        "--image-size", type=int, metavar="SIZE", help="pixels (default: the backbone's own, for boxes 320)"
    )
    parser.add_argument(
        "--text", default="text", metavar="COLUMN", help="the column of the text (default: text)"
    )
    parser.add_argument("--text-pair", metavar="COLUMN", help="the column of the second text of a pair")
    parser.add_argument(
        "--label",
        default="label",
        metavar="COLUMN",
        help="the column of the class, number or labels (default: label)",
    )
    parser.add_argument(
        "--image",
        metavar="COLUMN",
        help="of a table of images, the column of paths or ids (default: recognised)",
    )
    parser.add_argument("--suffix", default="", help="what ids of images lack to be file names, such as .jpg")
    parser.add_argument("--data-dir", metavar="FOLDER", help="as for a recipe")
    parser.add_argument(
        "--order", help="of classes that have an order, all from the lowest to the highest, as bad,fair,good"
    )
    parser.add_argument(
        "--no-labels", action="store_true", help="don't look for wrong labels, which takes longest"
    )
    return parser.verb(argv, _work, failed=lambda value: value["worst"] == "fail")


def _work(arguments: argparse.Namespace) -> dict:
    if arguments.data is None and arguments.html:
        raise InputError(Problem("--html goes with data", arguments.html, "give the data too"))
    if arguments.image_size is not None and not 16 <= arguments.image_size <= 1024:
        raise InputError(
            Problem("--image-size must be from 16 to 1024", str(arguments.image_size), "give another")
        )
    diagnosis = kerasft.check_environment() if arguments.data is None else _examine(arguments)
    say(diagnosis.text(folded=not is_verbose()))
    if arguments.html:
        print(f"\nwrote {kerasft.write_page(diagnosis, arguments.html)}")
    return diagnosis.as_dict()


def _examine(arguments: argparse.Namespace) -> kerasft.Diagnosis:
    environment.load_quietly()
    return kerasft.diagnose(
        arguments.data,
        arguments.task,
        backbone=arguments.backbone,
        weights=arguments.weights,
        image_size=arguments.image_size,
        text=arguments.text,
        text_pair=arguments.text_pair,
        label=arguments.label,
        image=arguments.image,
        suffix=arguments.suffix,
        data_dir=arguments.data_dir,
        order=arguments.order,
        suspect_labels=not arguments.no_labels,
    )
