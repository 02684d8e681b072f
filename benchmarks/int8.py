"""What int8 loses on photos, and what gives it back: `python -m benchmarks.int8 SET [FOLDER]`.

Trains a backbone on a set of `benchmarks.photos`, in two phases with the recipe's defaults, and writes the files of
its run in several ways:

    converter    int8 as TensorFlow's converter makes it
    ranges       with the ranges that kerasft measures, and nothing else
    biases       and each layer's bias is moved so that it answers on average as in float32
    int8         and kernels are rounded for what they read: this is `kerasft export --quantize int8`
    mixed, dynamic, float16

Each file runs on the test photos beside the Keras model. Runs are kept in `--runs`, and not trained again. Seconds are
the CPU's, from the trained model to the measured file; the ranges are measured once, for the first way that needs them.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import numpy as np
import tensorflow as tf

import kerasft
from benchmarks import photos  # which prepares TensorFlow's environment
from kerasft.contract.plan import Training, two_phases
from kerasft.exporting.exporter import _plan
from kerasft.exporting.gate import target_of
from kerasft.exporting.plan import Plan
from kerasft.exporting.row import Row
from kerasft.exporting.settings import Settings
from kerasft.formats import integer, integer_layers
from kerasft.formats.operations import Representative
from kerasft.inputs.images.backbones import catalog
from kerasft.runs.run import Run

WAYS = ("converter", "ranges", "biases", "int8", "mixed", "dynamic", "float16")
Found = tuple[Row, float, float]  # the row, the mean difference of a probability, CPU seconds


def main(argv: Sequence[str] | None = None) -> None:
    """Prints a row for each file, and the table."""
    options = _parser().parse_args(argv)
    found: dict[str, list[Found]] = {way: [] for way in options.ways}
    for seed in options.seeds:
        plan = _plan(run_of(options, seed), Settings())
        calibrated = _once(integer.calibrated)
        for way in options.ways:
            with patch.object(integer, "calibrated", calibrated):
                row, difference, seconds = made(plan, way, options.runs / f"{way}.tflite")
            found[way].append((row, difference, seconds))
            said = f"agreement {row.agreement:.4f}, accuracy {row.score:.4f}, difference {difference:.5f}"
            print(f"seed {seed}: {way}: {said}, {seconds:.0f} CPU-s", *row.in_float, flush=True)
    print(f"\n{row.examples} tests\n")
    print(table(found))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.int8")
    parser.add_argument("set", choices=photos.SETS)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--backbone", default="efficientnet_lite0")
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=WAYS)
    parser.add_argument("--labels", type=int, default=20, help="labelled photos per class")
    parser.add_argument("--seeds", type=int, nargs="+", default=(0, 1, 2))
    parser.add_argument("--runs", type=Path, default=Path("build/int8"), help="folder of the runs")
    return parser


def run_of(options: argparse.Namespace, seed: int) -> Run:
    """Returns the run of a draw, trained if it isn't there yet."""
    folder = options.runs / f"{options.backbone}-{options.set}-{seed}"
    names, labelled, tests = photos.SETS[options.set](options, seed)
    size = catalog.find(options.backbone).image_size
    splits = photos.as_splits(names, labelled, tests, size, seed)
    if (folder / "result.json").exists():
        return replace(kerasft.Run.open(folder), in_memory=splits)
    model = kerasft.build_model(
        "image_classification", backbone=options.backbone, class_names=names, image_size=size, seed=seed
    )
    phases, training = two_phases(10, 10), Training(seed=seed)
    return kerasft.fine_tune(model, splits, phases, folder, training, verbose=False, overwrite=True)


def made(plan: Plan, way: str, path: Path) -> Found:
    """Writes a file in a way, and measures it."""
    quantization = "int8" if way in AS_INT8 else way
    before = time.process_time()
    with AS_INT8.get(way, nullcontext)():
        row, answers = plan.make(quantization, path, target_of(quantization))
    seconds = time.process_time() - before
    return row, float(np.mean(np.abs(answers - plan.reference.yardstick.expected))), seconds


def _once(calibrated: Callable[..., integer.Measured]) -> Callable[..., integer.Measured]:
    """Returns a function that measures the ranges of a run once, for all the ways that need them."""
    kept: list[integer.Measured] = []

    def first(*arguments: object) -> integer.Measured:
        if not kept:
            kept.append(calibrated(*arguments))
        return kept[0]

    return first


def _by_converter(
    converter: tf.lite.TFLiteConverter, representative: Representative, count: int, io: str
) -> tuple[bytes, int]:
    return converter.convert(), 0


# What is left out of `kerasft.formats.integer`
AS_INT8: dict[str, Callable[[], AbstractContextManager[object]]] = {
    "converter": lambda: patch.object(integer, "convert", _by_converter),
    "ranges": lambda: patch.object(integer, "corrected", lambda content, *_: (content, 0)),
    "biases": lambda: patch.object(integer_layers, "MOST_INPUTS", 0),
    "int8": nullcontext,
}


def table(found: dict[str, list[Found]]) -> str:
    """Returns the means over the draws, with their ranges, as Markdown."""
    lines = [
        "| way | agreement | accuracy | difference | MB | ms | CPU-s |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    exact = [row.keras_score for row, _, _ in next(iter(found.values()))]
    lines.append(f"| Keras model | | {_spread(exact, 3)} | | | | |")
    for way, cases in found.items():
        rows = [row for row, _, _ in cases]
        cells = [
            _spread([row.agreement for row in rows], 3),
            _spread([row.score for row in rows], 3),
            _spread([difference for _, difference, _ in cases], 4),
            f"{np.mean([row.megabytes for row in rows]):.2f}",
            f"{np.median([row.milliseconds for row in rows]):.1f}",
            f"{np.mean([seconds for _, _, seconds in cases]):.0f}",
        ]
        lines.append(f"| {way} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _spread(values: list[float], digits: int) -> str:
    low, high = min(values), max(values)
    return f"{np.mean(values):.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


if __name__ == "__main__":
    main()
