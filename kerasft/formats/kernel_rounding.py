"""Kernels as int8: each number rounded up or down so that the layer's answers change least.

Rounded to the nearest, the errors of a kernel's numbers add up in a layer's answers. But where inputs move together, as
neighbouring pixels do, the error of one number can be taken back by the next: after each, those not rounded yet are
moved so that the answers stay what they were, as far as the inputs' covariance allows.
Method: GPTQ (Frantar et al. 2023, https://arxiv.org/abs/2210.17323), which does this of language models.
"""

from __future__ import annotations

import numpy as np

LARGEST = 127  # symmetric int8, as TFLite has it for kernels
_DAMPING = (
    0.01  # of the mean variance, added to each: what few examples say of the covariance is not all true
)
_BLOCK = 32


def rounded(kernels: np.ndarray, scales: np.ndarray, covariances: np.ndarray) -> np.ndarray:
    """Returns kernels as integers.

    Args:
        kernels: Float (groups, kernels, inputs): those of a group read the same inputs.
        scales: The step of each kernel, (groups, kernels).
        covariances: Of a group's inputs, (groups, inputs, inputs).

    Returns:
        float64 (groups, kernels, inputs), whole numbers from -127 to 127; times the scale they are the kernels.
    """
    variances = np.einsum("gii->gi", covariances)
    order = np.argsort(-variances, axis=1, kind="stable")  # the loudest first: most can still make up for it
    factors = _factors(_permuted(covariances, order))
    left = np.take_along_axis(kernels.astype("float64"), order[:, None], 2)
    found, count = np.empty_like(left), left.shape[2]
    for start in range(0, count, _BLOCK):
        stop = min(start + _BLOCK, count)
        errors = np.empty((*left.shape[:2], stop - start))
        for place in range(start, stop):
            whole = np.clip(np.round(left[..., place] / scales), -LARGEST, LARGEST)
            error = (left[..., place] - whole * scales) / factors[:, None, place, place]
            left[..., place + 1 : stop] -= error[..., None] * factors[:, None, place, place + 1 : stop]
            found[..., place], errors[..., place - start] = whole, error
        left[..., stop:] -= errors @ factors[:, start:stop, stop:]
    back = np.argsort(order, axis=1)
    return np.take_along_axis(found, back[:, None], 2)


def _permuted(covariances: np.ndarray, order: np.ndarray) -> np.ndarray:
    rows = np.take_along_axis(covariances.astype("float64"), order[:, :, None], 1)
    return np.take_along_axis(rows, order[:, None, :], 2)


def _factors(covariances: np.ndarray) -> np.ndarray:
    """Returns the upper Cholesky factors of the inverses: row i has what to do to the inputs behind i."""
    variances = np.einsum("gii->gi", covariances)
    means = variances.mean(axis=1)
    damping = np.where(
        means > 0, _DAMPING * means, 1.0
    )  # inputs that never change: each is rounded by itself
    eye = np.eye(covariances.shape[1])
    return np.swapaxes(np.linalg.cholesky(np.linalg.inv(covariances + damping[:, None, None] * eye)), 1, 2)
