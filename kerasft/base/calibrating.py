"""Whether probabilities say how often something happens: the calibration error, and the points of its curve."""

from __future__ import annotations

import numpy as np

FEWEST_EXAMPLES = 50  # on fewer, what is fitted would follow chance
BINS = 15  # of the calibration error, as in Guo et al.
DRAWN_BINS = 10  # of a curve; few enough that most of them have examples


def calibration_error(probabilities: np.ndarray, happened: np.ndarray, bins: int = BINS) -> float:
    """Returns the expected calibration error, in [0, 1]: how far probability and share lie apart on average.

    The probabilities are sorted into bins of equal width; the differences of the bins' mean probability and share of
    what happened are averaged, each bin by its number of examples.
    Source: Naeini et al. 2015, as in Guo et al. 2017, "On Calibration of Modern Neural Networks", equation 3.

    Args:
        probabilities: float (n,), n > 0.
        happened: bool (n,).
        bins: How many.
    """
    values = probabilities.astype("float64")
    gaps = np.bincount(_places(values, bins), values - happened, minlength=bins)
    return float(np.abs(gaps).sum() / len(values))


def calibration_bins(
    probabilities: np.ndarray, happened: np.ndarray, bins: int = DRAWN_BINS
) -> list[tuple[float, float, int]]:
    """Returns (mean probability, share of what happened, examples) of each bin of equal width that has examples.

    Args:
        probabilities: float (n,).
        happened: bool (n,).
        bins: How many.
    """
    values = probabilities.astype("float64")
    places = _places(values, bins)
    count = np.bincount(places, minlength=bins)
    sums = (np.bincount(places, weights, minlength=bins) for weights in (values, happened))
    mean, share = (each / np.maximum(count, 1) for each in sums)
    return [(float(mean[i]), float(share[i]), int(count[i])) for i in np.flatnonzero(count)]


def _places(values: np.ndarray, bins: int) -> np.ndarray:
    return np.minimum((values * bins).astype(int), bins - 1)
