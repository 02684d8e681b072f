"""Which calibration of several labels lowers the log loss: `python -m benchmarks.label_calibration RUN [RUN ...]`.

Each way is fitted on the validation split of a run with several labels, and measured on its test split; with
`--examples 50` on so many validation examples, the mean of 5 draws. Prints rows of a Markdown table: log loss in nats,
and the expected calibration error of the decisions on all labels.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence

import numpy as np

from kerasft.base import environment

environment.prepare()

from kerasft.base.calibrating import calibration_error  # noqa: E402
from kerasft.base.statistics import sigmoid  # noqa: E402
from kerasft.predicting.opening import predictor_of_run  # noqa: E402
from kerasft.runs.run import Run  # noqa: E402
from kerasft.targets.labels.scaling import fit_lines, log_loss, scaled  # noqa: E402

Lines = tuple[tuple[float, ...], tuple[float, ...]]
Outputs = tuple[np.ndarray, np.ndarray]  # logits (n, labels), and bool (n, labels)
DRAWS = 5
HELD = 1e6  # a prior that no label leaves


def temperature(logits: np.ndarray, truth: np.ndarray) -> Lines:
    """Fits one slope for all labels, without an offset."""
    grid = np.exp(np.linspace(-3, 3, 601))
    losses = [log_loss(sigmoid(logits * each), truth) for each in grid]
    return (float(grid[int(np.argmin(losses))]),) * truth.shape[1], (0.0,) * truth.shape[1]


WAYS: dict[str, Callable[[np.ndarray, np.ndarray], Lines]] = {
    "as trained": lambda logits, truth: ((), ()),
    "one temperature": temperature,
    "a line for each label by itself": lambda logits, truth: fit_lines(logits, truth, prior=0.0),
    "one line for all labels": lambda logits, truth: fit_lines(logits, truth, prior=HELD),
    "a line for each, held by that of all (kerasft's)": fit_lines,
}


def outputs_of(folder: str) -> tuple[Outputs, Outputs]:
    """Returns logits and labels of a run's validation and test splits."""
    run = Run.open(folder)
    predictor, splits = predictor_of_run(run, run.load_model()), run.splits()
    validation, test = (
        (np.asarray(predictor.outputs(each.examples)), np.asarray(each.targets) > 0)
        for each in (splits.validation, splits.test)
    )
    return validation, test


def measured(way: str, validation: Outputs, test: Outputs, examples: int | None) -> tuple[float, float]:
    """Returns log loss and calibration error on the test split."""
    count, found = len(validation[0]), []
    for seed in range(1 if examples is None else DRAWS):
        rows = np.random.default_rng(seed).permutation(count)[:examples]
        lines = WAYS[way](validation[0][rows], validation[1][rows])
        answers = sigmoid(scaled(test[0], *lines))
        found.append((log_loss(answers, test[1]), calibration_error(answers.ravel(), test[1].ravel())))
    loss, error = np.mean(found, axis=0)
    return float(loss), float(error)


def main(argv: Sequence[str] | None = None) -> None:
    """Prints a row for each way and a column for each run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", nargs="+", metavar="RUN", help="folders of runs with several labels")
    parser.add_argument("--examples", type=int, help="fit on so many validation examples, instead of all")
    options = parser.parse_args(argv)
    found = [outputs_of(each) for each in options.runs]
    for way in WAYS:
        cells = [measured(way, validation, test, options.examples) for validation, test in found]
        print(f"| {way} | " + " | ".join(f"{loss:.4f} ({error:.4f})" for loss, error in cells) + " |")


if __name__ == "__main__":
    main()
