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
    """Returns the threshold nearest to 0.5 whose score is within a standard error of the highest.

    The highest itself follows chance on few examples. The one-standard-error rule (Breiman and others 1984,
    "Classification and Regression Trees", section 3.4.3) leaves 0.5 only where another is better by more than that; the
    error is that of the difference to the best one, by bootstrap. A threshold lies midway between two probabilities, so
    that rounding decides nothing.

    Args:
        probabilities: float (n,).
        truth: bool (n,), at least one true.
        score: What is to be high.
    """
    cuts = _between(probabilities)
    decided, count = probabilities[:, None] >= cuts, len(truth)
    scores = score(np.ones((1, count)), decided, truth)[0]
    best = int(scores.argmax())
    draws = np.random.default_rng(0).multinomial(count, np.full(count, 1 / count), _DRAWS)
    drawn = score(draws.astype("float64"), decided, truth)
    near = cuts[scores >= scores[best] - (drawn[:, [best]] - drawn).std(axis=0)]
    return float(f"{near[np.abs(near - HALF).argmin()]:.6g}")


def _between(probabilities: np.ndarray) -> np.ndarray:
    """Returns 0.5 and the middles between neighbours, for equals can't be parted; of many, some taken evenly."""
    values = np.unique(probabilities.astype("float64"))
    middles = (values[:-1] + values[1:]) / 2
    step = max(1, -(-len(middles) // _MOST_CUTS))
    return np.array([HALF, *middles[::step]])
