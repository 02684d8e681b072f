"""Which backbone comes first with images of one's own: `python -m benchmarks.default_backbone FOLDER`.

FOLDER holds the files of Fashion-MNIST, product photos of 28 x 28 pixels in 10 classes (Debian has a package of
them). A few labelled photos of each class train; of them a fifth chooses the epoch; the test are photos of the
published test split. Each backbone works at its own size, with the defaults of the recipe: the
head alone, and two phases. Seconds are those of the CPU, from the decoded images to the trained weights.

About 15 CPU-minutes for 3 seeds.
"""

from __future__ import annotations

import argparse
import gzip
import tempfile
import time
from pathlib import Path

import numpy as np

import kerasft
from kerasft.base import environment

environment.prepare()

from PIL import Image  # noqa: E402

from kerasft.contract.plan import Training, two_phases  # noqa: E402
from kerasft.inputs.images.backbones import catalog  # noqa: E402
from kerasft.inputs.images.splits import ImageReading, ImageSplit, ImageSplits  # noqa: E402
from kerasft.targets.classes.schema import Classes  # noqa: E402

CLASS_NAMES = tuple("t-shirt trousers pullover dress coat sandal shirt sneaker bag boot".split())
WAYS = {"head only": 0, "two phases": 10}  # epochs of the second phase


def main(argv: list[str] | None = None) -> None:
    """Prints a row for each training, and the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.default_backbone")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--backbones", nargs="+", default=("starter", catalog.DEFAULT))
    parser.add_argument("--labels", type=int, default=20, help="labelled photos per class")
    parser.add_argument("--tests", type=int, default=50, help="photos per class that are tested on")
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args(argv)
    found: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for seed in range(options.seeds):
        for backbone in options.backbones:
            splits = draw(
                options.folder, catalog.find(backbone).image_size, seed, options.labels, options.tests
            )
            for way, epochs in WAYS.items():
                accuracy, seconds = measured(backbone, splits, epochs)
                found.setdefault((backbone, way), []).append((accuracy, seconds))
                print(f"seed {seed}: {backbone}, {way}: {accuracy:.3f}, {seconds:.0f} CPU-s", flush=True)
    print("\n| backbone | pixels | way | accuracy | range | CPU-s |\n| --- | --- | --- | --- | --- | --- |")
    for (backbone, way), rows in found.items():
        accuracy, seconds = np.transpose(rows)
        size = catalog.find(backbone).image_size
        spread = f"{accuracy.min():.3f} to {accuracy.max():.3f}"
        print(f"| {backbone} | {size} | {way} | {accuracy.mean():.3f} | {spread} | {seconds.mean():.0f} |")


def measured(backbone: str, splits: ImageSplits, epochs: int) -> tuple[float, float]:
    """Trains a model and returns its accuracy on the test split, and the CPU-seconds of the training."""
    model = kerasft.build_model(
        "image_classification", backbone=backbone, class_names=CLASS_NAMES, image_size=splits.image_size,
        seed=splits.seed,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        before = time.process_time()
        run = kerasft.fine_tune(
            model, splits, two_phases(10, epochs), f"{folder}/run", Training(seed=splits.seed), verbose=False
        )
        seconds = time.process_time() - before
        return kerasft.evaluate(run, splits.test).score, seconds


def draw(folder: Path, size: int, seed: int, labels: int, tests: int) -> ImageSplits:
    """Returns photos of each class drawn by the seed; the tests are the same for all seeds."""
    images, answers = drawn(folder, "train", labels, seed)
    kept = np.arange(len(images)) % labels < max(1, labels // 5)
    train = split("train", images[~kept], answers[~kept], size)
    held_out = split("validation", images[kept], answers[kept], size)
    test = split("test", *drawn(folder, "t10k", tests, 0), size)
    reading, schema = ImageReading(size), Classes(CLASS_NAMES)
    return ImageSplits(train, held_out, test, schema, reading, source="fashion-mnist", seed=seed)


def drawn(folder: Path, part: str, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns images (n, 28, 28) and labels (n,), class by class, so many of each."""
    with gzip.open(folder / f"{part}-labels-idx1-ubyte.gz") as file:
        labels = np.frombuffer(file.read()[8:], np.uint8)
    with gzip.open(folder / f"{part}-images-idx3-ubyte.gz") as file:
        images = np.frombuffer(file.read()[16:], np.uint8).reshape(-1, 28, 28)
    random = np.random.default_rng(seed)
    rows = np.concatenate([random.permutation(np.flatnonzero(labels == each))[:count] for each in range(10)])
    return images[rows], labels[rows].astype("int32")


def split(name: str, images: np.ndarray, labels: np.ndarray, size: int) -> ImageSplit:
    """Returns a split of RGB images of so many pixels."""
    resized = [Image.fromarray(each).resize((size, size), Image.Resampling.BILINEAR) for each in images]
    pixels = np.stack([np.asarray(each.convert("RGB")) for each in resized])
    ids = tuple(f"{name}/{row}" for row in range(len(images)))
    return ImageSplit(name, pixels, labels, ids, ids)


if __name__ == "__main__":
    main()
