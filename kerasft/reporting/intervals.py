"""How sure the numbers of a test split are: shares by Wilson (`kerasft.base.shares`), others by percentile bootstrap.

The examples are drawn again, as many as there are, with replacement; the metric's values over many such draws show
how much it would have differed on another test split of this size. Source: Efron and Tibshirani 1993, "An
Introduction to the Bootstrap", chapter 13.3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kerasft.base.shares import SHARE, wilson
from kerasft.targets.classes.calibration import losses
from kerasft.targets.classes.evaluation import TOP_K, Evaluation

RESAMPLES = 1000
_VALUES_AT_ONCE = 2_000_000


@dataclass(frozen=True)
class Interval:
    """A metric and its 95 % interval.

    Args:
        value: On the examples themselves.
        low: Its lower end; of a bootstrap, the 2.5th percentile over the resamples.
        high: Its upper end; of a bootstrap, the 97.5th percentile.
    """

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, value: float, draws: np.ndarray) -> Interval:
        """Returns the interval of a metric's values over the resamples (resamples,)."""
        low, high = np.percentile(draws, [50 * (1 - SHARE), 50 * (1 + SHARE)])
        return cls(float(value), float(low), float(high))

    @classmethod
    def of_share(cls, right: int, count: int) -> Interval:
        """Returns a share and Wilson's interval."""
        return cls(right / count, *wilson(right, count))

    def as_dict(self) -> dict[str, float]:
        """Returns it as a value for JSON."""
        return {"value": self.value, "low": self.low, "high": self.high}


def bootstrap(evaluation: Evaluation, resamples: int = RESAMPLES, seed: int = 0) -> dict[str, Interval]:
    """Returns 95 % intervals of accuracy, top-5 accuracy (beyond five classes), macro F1 and log loss.

    The first two are shares, so that theirs are Wilson's; the others are drawn. Macro F1 is, as in `Evaluation`, the
    mean over the classes that have examples: in each resample those it drew.

    Args:
        evaluation: On the test split.
        resamples: How often the examples are drawn.
        seed: Of the draws; the same seed gives the same intervals.
    """
    labels, predictions = evaluation.labels, evaluation.predictions
    count, classes = evaluation.probabilities.shape
    each = {"log_loss": losses(evaluation.probabilities, labels)}
    shares = {"accuracy": labels == predictions}
    if evaluation.top5 is not None:
        shares["top5"] = _in_top5(evaluation)
    rng = np.random.default_rng(seed)
    draws: dict[str, list[np.ndarray]] = {name: [] for name in (*each, "macro_f1")}
    at_once = max(1, _VALUES_AT_ONCE // count)
    for start in range(0, resamples, at_once):
        rows = rng.integers(0, count, (min(at_once, resamples - start), count))
        for name, values in each.items():
            draws[name].append(values[rows].mean(axis=1))
        draws["macro_f1"].append(_macro_f1(labels[rows], predictions[rows], classes))
    measured = {name: getattr(evaluation, name) for name in each} | {"macro_f1": evaluation.macro.f1}
    found = {name: Interval.of(measured[name], np.concatenate(values)) for name, values in draws.items()}
    return found | {name: Interval.of_share(int(right.sum()), count) for name, right in shares.items()}


def _in_top5(evaluation: Evaluation) -> np.ndarray:
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
