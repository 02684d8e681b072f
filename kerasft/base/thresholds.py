"""From which probability on something is said to be there: chosen on held-out examples, and not by chance."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

HALF = 0.5
FEWEST = 5  # examples with it, and without it: on fewer, a threshold would follow chance
_DRAWS = 100  # of the bootstrap
_MOST_CUTS = 200

# From weights (draws, n), decisions (n, cuts) and what is true (n,) to the score (draws, cuts) of each
Score = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def f1_scores(weights: np.ndarray, decided: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Returns the F1; see `Score`."""
    right, total = weights @ (decided & truth[:, None]), weights @ decided + (weights @ truth)[:, None]
    return 2 * right / np.maximum(total, 1)


def balanced_accuracies(weights: np.ndarray, decided: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Returns the mean of the shares of what is there and of what is not that are found; see `Score`."""
    shares = [
        weights @ (right & each[:, None]) / np.maximum(weights @ each, 1)[:, None]
        for right, each in ((decided, truth), (~decided, ~truth))
    ]
    return (shares[0] + shares[1]) / 2


def best_threshold(probabilities: np.ndarray, truth: np.ndarray, score: Score = f1_scores) -> float:
    """Returns the threshold that is best on average over bootstrap draws of the examples.

    The one of the highest score itself follows chance on few examples. So they are drawn anew, with replacement, and
    the mean is taken of the best threshold of each draw (Breiman 1996, "Bagging predictors"); docs/labels.md has what
    that was compared with. In a draw where 0.5 is as good as any it is taken. A threshold lies midway between two
    probabilities, so that rounding decides nothing.

    Args:
        probabilities: float (n,).
        truth: bool (n,), at least one true.
        score: What is to be high.
    """
    cuts = _between(probabilities)
    decided, count = probabilities[:, None] >= cuts, len(truth)
    draws = np.random.default_rng(0).multinomial(count, np.full(count, 1 / count), _DRAWS)
    best = cuts[score(draws.astype("float64"), decided, truth).argmax(axis=1)]
    return float(f"{cuts[np.abs(cuts - best.mean()).argmin()]:.6g}")


def _between(probabilities: np.ndarray) -> np.ndarray:
    """Returns 0.5 and the middles between neighbours, for equals can't be parted; of many, some taken evenly."""
    values = np.unique(probabilities.astype("float64"))
    middles = (values[:-1] + values[1:]) / 2
    step = max(1, -(-len(middles) // _MOST_CUTS))
    return np.array([HALF, *middles[::step]])
