"""Which cure for unequal classes helps: `python -m benchmarks.imbalance`.

Two real data sets in which one class is rare: handwritten digits (scikit-learn's; is it an 8? of the 8s a third is
kept, so 3.5 % are) with `starter` at 32 pixels; and messages to a shop (is it about a return? 17 % are) with MiniLM.
The backbone is frozen. Of the digits 10 % train, 40 % choose epochs and thresholds and 50 % test, of the messages 40,
30 and 30 %. Every way has the same splits, most epochs and rates, and keeps the epoch that a user's run would keep. The
table has means and ranges over the seeds, on the test split.

About 12 CPU-minutes for 3 seeds; MiniLM is fetched once.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import kerasft
from kerasft.base import environment

environment.prepare()

from kerasft.base.csv_cells import csv_text  # noqa: E402
from kerasft.contract.plan import Phase, Training, two_phases  # noqa: E402
from kerasft.contract.splits import Splits  # noqa: E402
from kerasft.inputs.images.splits import ImageReading, ImageSplit, ImageSplits  # noqa: E402
from kerasft.predicting.opening import as_predictor  # noqa: E402
from kerasft.targets.classes.schema import Classes  # noqa: E402

KEPT = {"digits": 1 / 3, "messages": 1.0}  # of the rare class
SHARES = {"digits": (0.1, 0.4, 0.5), "messages": (0.4, 0.3, 0.3)}  # of train, validation and test
IMAGE_SIZE, DIGIT, TOPIC = 32, 8, "returns"
WAYS: dict[str, dict[str, Any]] = {
    "plain": {},
    "`--class-weight auto`": {"class_weight": "auto"},
    "`--class-weight oversample`": {"class_weight": "oversample"},
    "`--focal-gamma 2`": {"focal_gamma": 2.0},
    "`--threshold-for f1`": {"threshold_for": "f1"},
    "`--threshold-for balanced_accuracy`": {"threshold_for": "balanced_accuracy"},
}
COLUMNS = ("F1 of the rare class", "balanced accuracy", "average precision", "accuracy")


@dataclass(frozen=True)
class Data:
    """A data set, and how it is trained on."""

    read: Callable[[int], Splits]
    phases: tuple[Phase, ...]
    task: str
    model: dict[str, Any]


def drawn(name: str, rare: np.ndarray, seed: int) -> list[np.ndarray]:
    """Returns the rows of train, validation and test, with a part of the rare ones, bool (n,)."""
    rng, parts = np.random.default_rng(seed), []
    for wanted, share in ((True, KEPT[name]), (False, 1.0)):
        rows = rng.permutation(np.flatnonzero(rare == wanted))
        rows = rows[: round(share * len(rows))]
        parts.append(np.split(rows, np.round(np.cumsum(SHARES[name])[:-1] * len(rows)).astype(int)))
    return [np.sort(np.concatenate(each)) for each in zip(*parts, strict=True)]


def read_digits(seed: int) -> ImageSplits:
    """Returns the digits as two classes."""
    digits = kerasft.read_images("digits", IMAGE_SIZE)
    parts = (digits.train, digits.validation, digits.test)
    by_id = np.argsort(np.concatenate([part.ids for part in parts]))
    images = np.concatenate([part.images for part in parts])[by_id]
    rare = np.concatenate([part.labels for part in parts])[by_id] == DIGIT

    def split(name: str, rows: np.ndarray) -> ImageSplit:
        ids = tuple(map(str, rows))
        return ImageSplit(name, images[rows], rare[rows].astype(np.int32), ids, ids)

    train, validation, test = drawn("digits", rare, seed)
    parts = split("train", train), split("validation", validation), split("test", test)
    return ImageSplits(*parts, Classes(("another", str(DIGIT))), ImageReading(IMAGE_SIZE), "digits", seed)


def read_messages(seed: int) -> Splits:
    """Returns the messages as two classes."""
    whole = kerasft.read_texts("messages")
    examples = sorted(
        (text, whole.class_names[label])
        for part in (whole.train, whole.validation, whole.test)
        for text, label in zip(part.texts, part.labels, strict=True)
    )
    rare = np.array([label == TOPIC for _, label in examples])
    rows = [("text", "label", "split")]
    for name, chosen in zip(("train", "validation", "test"), drawn("messages", rare, seed), strict=True):
        rows += [(examples[row][0], TOPIC if rare[row] else "another", name) for row in chosen]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "messages.csv"
        path.write_text(csv_text(rows), encoding="utf-8")
        return kerasft.read_texts(path)


DATA = {
    "digits": Data(
        read_digits,
        two_phases(30, 0, head_learning_rate=1e-2, patience=30),
        "image_classification",
        {"backbone": "starter", "image_size": IMAGE_SIZE},
    ),
    "messages": Data(
        read_messages,
        two_phases(10, 0, head_learning_rate=1e-2, patience=10),
        "text_classification",
        {"backbone": "all_minilm_l6_v2", "sequence_length": 64},
    ),
}


def scores_of(data: Data, way: str, seed: int) -> list[float]:
    """Trains in one way, and returns the numbers of `COLUMNS` on the test split."""
    splits = data.read(seed)
    model = kerasft.build_model(data.task, schema=splits.schema, seed=seed, **data.model)
    training = Training(augment="none", seed=seed, **WAYS[way])
    with tempfile.TemporaryDirectory() as folder:
        run = kerasft.fine_tune(model, splits, data.phases, f"{folder}/run", training, verbose=False)
        answers = as_predictor(run).predict(splits.test.examples)
    return measured(np.asarray(answers), np.asarray(splits.test.targets))


def measured(answers: np.ndarray, labels: np.ndarray) -> list[float]:
    """Returns the numbers of `COLUMNS` of probabilities (n, 2)."""
    from sklearn.metrics import accuracy_score, average_precision_score, balanced_accuracy_score, f1_score

    rare = int(np.bincount(labels).argmin())
    truth, said = labels == rare, answers.argmax(axis=1) == rare
    scores = [each(truth, said) for each in (f1_score, balanced_accuracy_score)]
    return [
        *map(float, scores),
        float(average_precision_score(truth, answers[:, rare])),
        float(accuracy_score(truth, said)),
    ]


def table(scores: dict[str, list[list[float]]]) -> str:
    """Returns the rows of a Markdown table: the means, and ranges over the seeds."""
    lines = ["| way | " + " | ".join(COLUMNS) + " |", "| --- |" + " --- |" * len(COLUMNS)]
    for way, runs in scores.items():
        cells = [
            f"{np.mean(each):.3f} ({min(each):.3f} to {max(each):.3f})" for each in zip(*runs, strict=True)
        ]
        lines.append(f"| {way} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> None:
    """Trains all ways, and prints a table for each data set."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.imbalance", description="Unequal classes.")
    parser.add_argument(
        "--seeds", type=int, nargs="+", default=(0, 1, 2), help="draws, each with its own splits and training"
    )
    parser.add_argument("--data", nargs="+", choices=DATA, default=tuple(DATA), help="which data sets")
    options = parser.parse_args(argv)
    for name in options.data:
        scores: dict[str, list[list[float]]] = {}
        for seed in options.seeds:
            for way in WAYS:
                numbers = scores_of(DATA[name], way, seed)
                scores.setdefault(way, []).append(numbers)
                shown = ", ".join(f"{value:.3f}" for value in numbers)
                print(f"{name}, seed {seed}, {way}: {shown}", flush=True)
        print(
            f"\n{name}: mean of {len(options.seeds)} seeds (range), test split\n\n{table(scores)}\n",
            flush=True,
        )


if __name__ == "__main__":
    main()
