"""What a real backbone is worth on real photos: `python -m benchmarks.photos SET [FOLDER]`.

Sets that packages carry, each drawn anew by each seed:

    fashion-mnist FOLDER   product photos, 28 x 28, gray, 10 classes (Debian's dataset-fashion-mnist). `--labels` of
                           each class train; the tests are 50 of each class of the published test split
    stamps FOLDER          photos with the background cut away, 120 to 500 pixels, 10 classes from mammals to tools
                           (Debian's tuxpaint-stamps-default). Half of a class trains, 20 at most, and so many test
    faces                  is it a face? 200 gray photos of 25 x 25 pixels (`skimage.data.lfw_subset`). `--labels` of
                           each class train, the others test

Of the labelled photos a fifth chooses the epoch. Each backbone works at its own size, with the defaults of the recipe
where no flag says otherwise: the head alone, two phases, and two phases of which the second trains all. Seconds are
those of the CPU, from the decoded images to the trained weights.
"""

from __future__ import annotations

import argparse
import gzip
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

import kerasft
from kerasft.base import environment

environment.prepare()

from PIL import Image  # noqa: E402

from kerasft.contract.plan import Phase, Training, two_phases  # noqa: E402
from kerasft.inputs.images.backbones import catalog  # noqa: E402
from kerasft.inputs.images.splits import ImageReading, ImageSplit, ImageSplits  # noqa: E402
from kerasft.targets.classes.schema import Classes  # noqa: E402

HEAD_ONLY, TWO_PHASES, FULL = "head only", "two phases", "all layers"
WAYS = (HEAD_ONLY, TWO_PHASES, FULL)
TESTS = 50  # photos per class of Fashion-MNIST that are tested on
MOST = 20  # photos per class of the stamps that train, and that are tested on
PRODUCTS = tuple("t-shirt trousers pullover dress coat sandal shirt sneaker bag boot".split())
STAMPS = {
    "mammals": "animals/mammals", "birds": "animals/birds", "fish": "animals/fish", "fruit": "food/fruit",
    "vegetables": "food/vegetables", "flowers": "plants/flowers", "tools": "household/tools",
    "instruments": "hobbies/music", "vehicles": "vehicles", "clothes": "clothes",
}  # fmt: skip
DRAWN = {"cartoon", "toys", "plastic"}  # folders of stamps that are no photos

Photos = list[tuple[Image.Image, int]]  # with their classes
Draw = Callable[[argparse.Namespace, int], tuple[tuple[str, ...], Photos, Photos]]


def main(argv: Sequence[str] | None = None) -> None:
    """Prints a row for each training, and the table."""
    options = _parser().parse_args(argv)
    found: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for seed in options.seeds:
        names, labelled, tests = SETS[options.set](options, seed)
        for backbone in options.backbones:
            splits = as_splits(names, labelled, tests, catalog.find(backbone).image_size, seed)
            for way in options.ways:
                accuracy, seconds = measured(backbone, splits, phases_of(way, options))
                found.setdefault((backbone, way), []).append((accuracy, seconds))
                print(f"seed {seed}: {backbone}, {way}: {accuracy:.3f}, {seconds:.0f} CPU-s", flush=True)
    print(f"\n{len(labelled)} labelled photos, {len(tests)} tests\n")
    print("| backbone | pixels | way | accuracy | range | CPU-s |\n| --- | --- | --- | --- | --- | --- |")
    for (backbone, way), rows in found.items():
        accuracies, costs = np.transpose(rows)
        size = catalog.find(backbone).image_size
        spread = f"{accuracies.min():.3f} to {accuracies.max():.3f}"
        print(f"| {backbone} | {size} | {way} | {accuracies.mean():.3f} | {spread} | {costs.mean():.0f} |")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.photos")
    parser.add_argument("set", choices=SETS)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--backbones", nargs="+", default=("starter", catalog.DEFAULT))
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=WAYS)
    parser.add_argument("--labels", type=int, default=20, help="labelled photos per class")
    parser.add_argument("--seeds", type=int, nargs="+", default=(0, 1, 2))
    parser.add_argument("--head-epochs", type=int, default=10, help="of the first phase, at most")
    parser.add_argument("--head-rate", type=float, default=1e-3)
    parser.add_argument("--tune-rate", type=float, default=3e-4)
    parser.add_argument("--unfreeze", type=float, default=0.3, help="share of the blocks, for two phases")
    return parser


def phases_of(way: str, options: argparse.Namespace) -> tuple[Phase, ...]:
    """Returns the phases of a way, the second of 10 epochs."""
    return two_phases(
        options.head_epochs,
        0 if way == HEAD_ONLY else 10,
        unfreeze="all" if way == FULL else options.unfreeze,
        head_learning_rate=options.head_rate,
        tune_learning_rate=options.tune_rate,
    )


def measured(backbone: str, splits: ImageSplits, phases: tuple[Phase, ...]) -> tuple[float, float]:
    """Trains a model and returns its accuracy on the test split, and the CPU-seconds of the training."""
    model = kerasft.build_model(
        "image_classification", backbone=backbone, class_names=splits.class_names,
        image_size=splits.image_size, seed=splits.seed,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        before = time.process_time()
        run = kerasft.fine_tune(
            model, splits, phases, f"{folder}/run", Training(seed=splits.seed), verbose=False
        )
        seconds = time.process_time() - before
        return kerasft.evaluate(run, splits.test).score, seconds


def fashion_mnist(options: argparse.Namespace, seed: int) -> tuple[tuple[str, ...], Photos, Photos]:
    """Returns classes, labelled photos and tests; the tests are the same for all seeds."""

    def drawn(part: str, count: int, draw: int) -> Photos:
        with gzip.open(options.folder / f"{part}-labels-idx1-ubyte.gz") as file:
            labels = np.frombuffer(file.read()[8:], np.uint8)
        with gzip.open(options.folder / f"{part}-images-idx3-ubyte.gz") as file:
            images = np.frombuffer(file.read()[16:], np.uint8).reshape(-1, 28, 28)
        random = np.random.default_rng(draw)
        rows = [random.permutation(np.flatnonzero(labels == each))[:count] for each in range(10)]
        return [(Image.fromarray(images[row]), int(labels[row])) for row in np.concatenate(rows)]

    return PRODUCTS, drawn("train", options.labels, seed), drawn("t10k", TESTS, 0)


def stamps(options: argparse.Namespace, seed: int) -> tuple[tuple[str, ...], Photos, Photos]:
    """Returns classes, labelled photos and tests, none of which is the mirror image of another."""
    random = np.random.default_rng(seed)
    labelled: Photos = []
    tests: Photos = []
    for label, place in enumerate(STAMPS.values()):
        paths = [
            path
            for path in sorted((options.folder / place).rglob("*.png"))
            if not DRAWN & set(path.parts) and not path.stem.endswith("_mirror")
        ]
        rows = random.permutation(len(paths))
        half = min(MOST, len(paths) // 2)
        for chosen, photos in ((rows[:half], labelled), (rows[half : 2 * half], tests)):
            photos += [(_on_white(paths[row]), label) for row in chosen]
    return tuple(STAMPS), labelled, tests


def _on_white(path: Path) -> Image.Image:
    """Returns a cut-out on a white square, as high and wide as its longer side."""
    image = Image.open(path).convert("RGBA")
    side = max(image.size)
    square = Image.new("RGBA", (side, side), "white")
    square.alpha_composite(image, ((side - image.width) // 2, (side - image.height) // 2))
    return square.convert("RGB")


def faces(options: argparse.Namespace, seed: int) -> tuple[tuple[str, ...], Photos, Photos]:
    """Returns classes, labelled photos and tests."""
    from skimage.data import lfw_subset

    images = (255 * lfw_subset()).round().astype("uint8")
    random = np.random.default_rng(seed)
    labelled: Photos = []
    tests: Photos = []
    for label, rows in enumerate((np.arange(100, 200), np.arange(100))):
        photos = [(Image.fromarray(images[row]), label) for row in random.permutation(rows)]
        labelled += photos[: options.labels]
        tests += photos[options.labels :]
    return ("another", "face"), labelled, tests


SETS: dict[str, Draw] = {"fashion-mnist": fashion_mnist, "stamps": stamps, "faces": faces}


def as_splits(names: tuple[str, ...], labelled: Photos, tests: Photos, size: int, seed: int) -> ImageSplits:
    """Returns the photos at a size, a fifth of each class's labelled ones for validation."""
    held_out: Photos = []
    train: Photos = []
    for label in range(len(names)):
        photos = [each for each in labelled if each[1] == label]
        kept = max(1, len(photos) // 5)
        held_out += photos[:kept]
        train += photos[kept:]
    parts = split("train", train, size), split("validation", held_out, size), split("test", tests, size)
    return ImageSplits(*parts, Classes(names), ImageReading(size), source="photos", seed=seed)


def split(name: str, photos: Photos, size: int) -> ImageSplit:
    """Returns a split of RGB images of so many pixels."""
    resized = [image.resize((size, size), Image.Resampling.BILINEAR) for image, _ in photos]
    pixels = np.stack([np.asarray(each.convert("RGB")) for each in resized])
    labels = np.array([label for _, label in photos], "int32")
    ids = tuple(f"{name}/{row}" for row in range(len(photos)))
    return ImageSplit(name, pixels, labels, ids, ids)


if __name__ == "__main__":
    main()
