"""`kerasft explain ARTIFACT IMAGE_OR_TEXT...`: where in an image, or in which words, the evidence for an answer is."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

import kerasft
from kerasft.base import environment
from kerasft.base.terminal import console
from kerasft.cli.parser import Parser

if TYPE_CHECKING:
    from kerasft.contract.explanation import Explainer, Explanation

_METHODS = """methods:
  auto                  grad-cam, token-gradients, integrated-gradients or occlusion: what suits the model
  grad-cam              images, backbones with feature maps: where the class is seen; coarse, fast
  token-gradients       images, backbones of patch tokens (ViT): the same for these
  integrated-gradients  images and texts: each pixel's or word's share in the logit, with its sign; the shares add up
  occlusion             any artifact, also .tflite and .onnx: how far the answer falls when a part is covered
"""


def run(argv: Sequence[str]) -> int:
    """Explains what a model says about images or texts."""
    return _parser().verb(argv, _work)


def _work(arguments: argparse.Namespace) -> dict:
    environment.load_quietly()
    from kerasft.explaining import explainer_of
    from kerasft.explaining.checking import check_request
    from kerasft.explaining.writing import write_all
    from kerasft.predicting.opening import as_predictor

    check_request(arguments.method, arguments.steps)  # before a model is loaded
    predictor = as_predictor(arguments.artifact, arguments.trust)
    pairs = arguments.text_pair
    explanations = kerasft.explain(
        predictor,
        arguments.inputs,
        method=arguments.method,
        target=arguments.target,
        nth=arguments.nth,
        pairs=pairs[0] if pairs is not None and len(pairs) == 1 else pairs,
        steps=arguments.steps,
        patch=arguments.patch,
    )
    explainer = explainer_of(predictor)
    paths = write_all(explainer, explanations, arguments.output)
    _print(explainer, explanations)
    for path in dict.fromkeys(paths):
        print(f"wrote {path}")
    found = zip(explanations, paths, strict=True)
    return {"explanations": [{**each.as_dict(), "file": str(path)} for each, path in found]}


def _parser() -> Parser:
    parser = Parser(prog="kerasft explain", description=__doc__, epilog=_METHODS)
    parser.add_artifact()
    parser.add_argument("inputs", nargs="+", metavar="INPUT", help="image files, or texts in quotes")
    parser.add_argument("--method", default="auto", help="see below (default: auto)")
    parser.add_argument(
        "--target",
        metavar="NAME",
        help="the class, label or number to explain (default: the most probable one of each input, the best box, the "
        "class with the most pixels, the first number)",
    )
    parser.add_argument(
        "--nth",
        type=int,
        metavar="K",
        help="of several boxes, which one: 1 is the best of an image, or of --target (default: the best)",
    )
    parser.add_argument(
        "--text-pair",
        action="append",
        metavar="TEXT",
        help="for a model of pairs, the second text: once for each INPUT in their order, or one for all",
    )
    parser.add_argument(
        "--output",
        default="explanations",
        metavar="FOLDER",
        help="where NAME.METHOD.png, or explanations.html for texts, is written; files of an earlier call are "
        "replaced, others never (default: explanations)",
    )
    parser.add_argument(
        "--steps",
        type=int,
        help="integrated-gradients and token-gradients: points between baseline and input (default: 64)",
    )
    parser.add_argument(
        "--patch",
        type=int,
        help="occlusion of images: pixels to a side (default: a sixth of the image's)",
    )
    parser.add_language()
    parser.add_trust()
    return parser


def _print(explainer: Explainer, explanations: Sequence[Explanation]) -> None:
    """Prints what was found; texts also with their words coloured, where there is a terminal."""
    screen = console()
    for each in explanations:
        print(each)
        coloured = explainer.for_terminal(each) if screen.is_terminal else None
        if coloured is not None:
            screen.print(coloured)
