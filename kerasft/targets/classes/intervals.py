"""How sure the numbers of an evaluation are: shares by Wilson, others by bootstrap; see `kerasft.base.statistics`."""

from __future__ import annotations

import numpy as np

from kerasft.base.statistics import RESAMPLES, Interval, resampled, resampled_units
from kerasft.targets.classes.calibration import losses
from kerasft.targets.classes.evaluation import TOP_K, ClassEvaluation


def bootstrap(
    evaluation: ClassEvaluation,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> dict[str, Interval]:
    """Returns 95 % intervals of accuracy, top-5 accuracy (beyond five classes), macro F1 and log loss.

    The first two are shares, so that theirs are Wilson's; the others are drawn. Macro F1 is, as in `Evaluation`, the
    mean over the classes that have examples: in each resample those it drew. Where the evaluation has units, these are
    drawn for all four.

    Args:
        evaluation: On the test split.
        resamples: How often the examples are drawn.
        seed: Of the draws; the same seed gives the same intervals.
    """
    labels, predictions = evaluation.labels, evaluation.predictions
    count, classes = evaluation.probabilities.shape
    units = evaluation.unit_numbers
    each = {"log_loss": losses(evaluation.probabilities, labels)}
    shares = {"accuracy": evaluation.right}
    if evaluation.top5 is not None:
        shares["top5"] = _in_top5(evaluation)
    drawn = resampled(count, resamples, seed) if units is None else resampled_units(units, resamples, seed)
    draws: dict[str, list[np.ndarray]] = {name: [] for name in (*each, "macro_f1")}
    for rows in drawn:
        for name, values in each.items():
            draws[name].append(values[rows].mean(axis=1))
        draws["macro_f1"].append(_macro_f1(labels[rows], predictions[rows], classes))
    measured = {name: getattr(evaluation, name) for name in each} | {"macro_f1": evaluation.macro.f1}
    found = {name: Interval.of(measured[name], np.concatenate(values)) for name, values in draws.items()}
    return found | {
        name: Interval.of_mean(right.astype("float64"), resamples, seed, units)
        for name, right in shares.items()
    }


def _in_top5(evaluation: ClassEvaluation) -> np.ndarray:
    best = np.argsort(-evaluation.probabilities, axis=1, kind="stable")[:, :TOP_K]
    return (best == evaluation.labels[:, None]).any(axis=1)


def _macro_f1(labels: np.ndarray, predictions: np.ndarray, classes: int) -> np.ndarray:
    """Returns (resamples,) values of labels and predictions (resamples, examples)."""
    resamples = len(labels)
    offsets = classes * np.arange(resamples)[:, None]

    def counts(indexes: np.ndarray) -> np.ndarray:
        found = np.bincount(indexes, minlength=classes * resamples)
        return found.reshape(resamples, classes)

    true, predicted = (counts((each + offsets).ravel()) for each in (labels, predictions))
    both = counts((labels + offsets)[labels == predictions])
    f1 = 2 * both / np.maximum(true + predicted, 1)
    present = true > 0
    return (f1 * present).sum(axis=1) / present.sum(axis=1)
