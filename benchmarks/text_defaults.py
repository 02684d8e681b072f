"""The sweep behind the defaults for texts: learning rates and how much is unfrozen, with MiniLM.

    python -m benchmarks.text_defaults

Fine-tunes all-MiniLM-L6-v2 on the shipped messages over a small grid, and prints validation accuracies and log losses
(mean of the seeds, each with its own splits) as Markdown. The test split is not looked at.
"""

from __future__ import annotations

import argparse
import tempfile

import numpy as np

import kerasft

BACKBONE = "all_minilm_l6_v2"
# head rate, unfreeze, tune rate
GRID = (
    (3e-3, 0.3, 1e-4),
    (1e-2, 0.3, 1e-4),
    (1e-2, 0.3, 3e-4),
    (1e-2, 0.6, 1e-4),
    (1e-2, 0.6, 3e-4),
)


def score(
    head_rate: float, unfreeze: float, tune_rate: float, seed: int, epochs: tuple[int, int]
) -> list[float]:
    """Returns the best validation accuracy and log loss of the phase head, and of the phase tune."""
    splits = kerasft.read_texts("messages", seed=seed)
    model = kerasft.build_model(
        "text_classification",
        backbone=BACKBONE,
        class_names=splits.class_names,
        sequence_length=64,
        seed=seed,
    )
    phases = kerasft.two_phases(
        *epochs, unfreeze=unfreeze, head_learning_rate=head_rate, tune_learning_rate=tune_rate
    )
    with tempfile.TemporaryDirectory() as folder:
        training = kerasft.Training(seed=seed)
        run = kerasft.fine_tune(model, splits, phases, f"{folder}/run", training, verbose=False)
        results = [run.result["phases"][name]["metrics"] for name in ("head", "tune")]
    return [result[name] for result in results for name in ("val_accuracy", "val_log_loss")]


def main() -> None:
    """Runs the sweep and prints its table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--epochs", type=int, nargs=2, default=(5, 4), help="of the two phases")
    options = parser.parse_args()
    print("| head rate | unfreeze | tune rate | head: accuracy | log loss | tune: accuracy | log loss |")
    print("| --- | --- | --- | --- | --- | --- | --- |", flush=True)
    for head_rate, unfreeze, tune_rate in GRID:
        runs = [score(head_rate, unfreeze, tune_rate, seed, options.epochs) for seed in range(options.seeds)]
        cells = " | ".join(f"{value:.4f}" for value in np.mean(runs, axis=0))
        print(f"| {head_rate:g} | {unfreeze} | {tune_rate:g} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
