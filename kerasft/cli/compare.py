"""`kerasft compare RUN RUN...`: is the difference real? `kerasft compare image-classification`: the ways to train."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import kerasft
from kerasft.base import environment
from kerasft.base.errors import InputError, Problem, raise_problems
from kerasft.cli.checks import check_all
from kerasft.cli.flags import Parser, add_flags, config_from_texts, print_result
from kerasft.comparing.settings import ImageComparison, TextComparison
from kerasft.inputs.images.backbones import catalog

GRIDS: dict[str, type] = {"image-classification": ImageComparison, "text-classification": TextComparison}
_UNUSED = ("validation_data", "validation_share")  # no way to train looks at a validation split
_USAGE = """usage: kerasft compare RUN RUN ... [--data DATA] [--skip-broken] [--trust] [--json]
       kerasft compare image-classification --output FOLDER [options]
       kerasft compare text-classification --output FOLDER [options]

The first form compares artifacts (runs, bundles, SavedModels, .tflite and .onnx files) on the same test examples.
The others train from scratch, the head only, in two phases and fully, with 1, 2, 5, 10, 25 and all labels per class.

`kerasft compare image-classification --help` shows the options."""

_WAYS = """Trains from scratch, the head only, in two phases and fully, with 1, 2, 5, 10, 25 and all labels per class,
and scores all of them on the same test split."""


def run(argv: Sequence[str]) -> int:
    """Compares artifacts, or the ways to train."""
    if not argv or argv[0] in ("-h", "--help"):
        print(_USAGE)
        return 0
    name = argv[0].replace("_", "-")
    return _ways(name, argv[1:]) if name in GRIDS else _artifacts(argv)


def _artifacts(argv: Sequence[str]) -> int:
    parser = Parser(prog="kerasft compare", description=_USAGE)
    parser.add_argument("artifacts", nargs="+", metavar="RUN", help="runs or other artifacts, two or more")
    parser.add_argument(
        "--data",
        metavar="DATA",
        help="labelled examples that none has trained on (default: their test split)",
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
    if len(arguments.artifacts) < 2:
        hint = f"give two or more, or one of {', '.join(GRIDS)}"
        raise InputError(Problem("there is nothing to compare with", arguments.artifacts[0], hint))

    def work() -> dict:
        environment.load_quietly()
        options = {"trust": arguments.trust, "skip_broken": arguments.skip_broken}
        found = kerasft.compare(arguments.artifacts, arguments.data, **options)
        print(found)
        return found.as_dict()

    print_result(work, arguments.json)
    return 0


def _ways(name: str, argv: Sequence[str]) -> int:
    kind = GRIDS[name]
    parser = Parser(
        prog=f"kerasft compare {name}", usage="%(prog)s --output FOLDER [options]", description=_WAYS
    )
    add_flags(parser, kind, without=_UNUSED)
    parser.add_argument("--output", metavar="FOLDER", help="where cells, table and plots are kept (required)")
    values = vars(parser.parse_args(argv))
    as_json, output = values.pop("json"), values.pop("output")
    config: Any = config_from_texts(kind, values)
    problems = check_all(config)
    for read in (config.label_counts, config.chosen_ways):
        try:
            problems += [] if read() else [Problem("a list is empty", read.__name__, "give one or more")]
        except InputError as error:
            problems += error.problems
    if output is None:
        problems.append(Problem("no folder is named", "", "give one with --output"))
    elif Path(output).is_file():
        problems.append(Problem("the output is a file", output, "name a folder with --output"))
    raise_problems(problems)
    environment.load_quietly()

    def work() -> dict:
        splits, build = (_images if name == "image-classification" else _texts)(config)
        print(f"{splits}\n")
        found = kerasft.compare_ways(build, splits, output, config)
        files = ", ".join(sorted(path.name for path in Path(output).iterdir() if path.is_file()))
        print(f"\n{found}\n\nin {output}: {files}")
        return {**found.as_dict(), "output": str(output)}

    print_result(work, as_json)
    return 0


def _images(config: ImageComparison) -> tuple[Any, Callable[[bool, int], Any]]:
    backbone = config.backbone or "starter"
    size = config.image_size or catalog.find(backbone).image_size
    splits = kerasft.read_images(config.data, size, **config.reading())

    def build(pretrained: bool, seed: int) -> Any:
        return kerasft.build_model(
            "image_classification", backbone=backbone, class_names=splits.class_names, image_size=size,
            resize=config.resize, dropout=config.dropout, precision="float32", seed=seed,
            weights=config.weights if pretrained else None,
        )  # fmt: skip

    return splits, build


def _texts(config: TextComparison) -> tuple[Any, Callable[[bool, int], Any]]:
    splits = kerasft.read_texts(config.data, **config.reading())
    lengths = kerasft.measure_lengths(splits, config.backbone, config.sequence_length)

    def build(pretrained: bool, seed: int) -> Any:
        return kerasft.build_model(
            "text_classification", backbone=config.backbone, class_names=splits.class_names,
            dropout=config.dropout, sequence_length=lengths.sequence_length, precision="float32", seed=seed,
            weights=config.weights if pretrained else None,
        )  # fmt: skip

    return splits, build
