"""Principal components of the pixels: what a model without pretraining learns from."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from kerasft.inputs.images.splits import ImageSplit

COUNTS = (50, 100, 200)  # of components, of which a baseline chooses


def pixel_components(train: ImageSplit, seed: int) -> Callable[[ImageSplit], np.ndarray]:
    """Returns what gives a split's images as components, float32 (n, at most 200), the largest first.

    They keep their deviations: those that say little stay small.

    Args:
        train: What the components are found on.
        seed: Of the solver.
    """
    from sklearn.decomposition import PCA

    count = min(max(COUNTS), len(train) - 1)
    fitted = PCA(count, svd_solver="randomized", random_state=seed).fit(_pixels(train))
    return lambda split: fitted.transform(_pixels(split))


def _pixels(split: ImageSplit) -> np.ndarray:
    return np.asarray(split.images).reshape(len(split), -1).astype("float32") / 255
