"""The sweep behind the defaults of the two phases: learning rates and how much is unfrozen.

    python -m benchmarks.defaults

Fine-tunes `starter` on scikit-learn's digits, with 5 labels per class and with all of them, over a grid, and prints
validation accuracies (mean of the seeds) as Markdown. The test split is not looked at.
"""

from __future__ import annotations

import argparse
import itertools
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

import kerasft

HEAD_RATES = (3e-4, 1e-3, 3e-3, 1e-2)
TUNE_RATES = (1e-4, 3e-4, 1e-3)
UNFREEZE: tuple[float | str, ...] = (0.3, 0.6, "all")


def few(splits: kerasft.Splits, per_class: int | None, seed: int) -> kerasft.Splits:
    """Returns the splits with `per_class` training images of each class (None: all), drawn with `seed`."""
    if per_class is None:
        return splits
    rng, labels = np.random.default_rng(seed), splits.train.labels
    rows = [
        rng.choice(np.flatnonzero(labels == label), per_class, replace=False) for label in np.unique(labels)
    ]
    return replace(splits, train=splits.train.subset(np.sort(np.concatenate(rows))))


def score(
    splits: kerasft.Splits, head_rate: float, tune_rate: float, unfreeze: float | str, seed: int
) -> tuple[float, float]:
    """Returns the best validation accuracy of the phases head and tune."""
    model = kerasft.build_model(
        "image_classification", backbone="starter", class_names=splits.class_names, image_size=32, seed=seed
    )
    phases = kerasft.two_phases(
        10, 10, unfreeze=unfreeze, head_learning_rate=head_rate, tune_learning_rate=tune_rate, patience=10
    )
    folder = Path(tempfile.mkdtemp())
    training = kerasft.Training(flip=False, seed=seed, batch_size=min(32, len(splits.train) // 4))
    try:
        run = kerasft.fine_tune(model, splits, phases, folder / "run", training, verbose=False)
        return tuple(run.result["phases"][name]["metrics"]["val_accuracy"] for name in ("head", "tune"))
    finally:
        shutil.rmtree(folder)


def main() -> None:
    """Runs the sweep and prints its tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=2)
    seeds = range(parser.parse_args().seeds)
    splits = kerasft.read_images("digits", 32)
    for per_class in (5, None):
        print(
            f"\n{per_class or 'all'} labels per class\n\n| head rate | unfreeze | tune rate | head | tune |"
        )
        print("| --- | --- | --- | --- | --- |", flush=True)
        grid: list[tuple[float, float | str, float]] = [(rate, 0.3, 3e-4) for rate in HEAD_RATES]
        grid += [(1e-3, unfreeze, rate) for unfreeze, rate in itertools.product(UNFREEZE, TUNE_RATES)]
        for head_rate, unfreeze, tune_rate in dict.fromkeys(grid):
            runs = [
                score(few(splits, per_class, seed), head_rate, tune_rate, unfreeze, seed) for seed in seeds
            ]
            head, tune = np.mean(runs, axis=0)
            print(f"| {head_rate:g} | {unfreeze} | {tune_rate:g} | {head:.4f} | {tune:.4f} |", flush=True)


if __name__ == "__main__":
    main()
