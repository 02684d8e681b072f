"""What a kernel sees: the inputs of a layer at a few places of its output."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from kerasft.formats.operations import Operation

MOST_PLACES = 64  # of one example, for kernels over channels
MOST_DEPTHWISE = 24  # a depthwise kernel has few numbers, and few examples settle them
_SAME = 0  # TFLite's number of padding "same"


def seen_by(
    operation: Operation,
    kernel: np.ndarray,
    inputs: np.ndarray,
    rows: Sequence[int],
    output: tuple[int, ...],
    zero: float = 0.0,
) -> np.ndarray:
    """Returns what a kernel reads at some places of its output.

    Args:
        operation: CONV_2D, DEPTHWISE_CONV_2D or FULLY_CONNECTED.
        kernel: As TFLite has it: (out, height, width, in), (1, height, width, channels) or (out, in).
        inputs: Of n examples, each of a batch of one: (n, 1, height, width, channels) or (n, ..., in).
        rows: Which examples these are, (n,): it draws the places.
        output: The shape of its output.
        zero: What stands for zero beyond the border.

    Returns:
        (places of all examples, numbers of the kernel, channels), in the type of the inputs.
    """
    if operation.kind == "FULLY_CONNECTED":
        flat = inputs.reshape(len(inputs), -1, kernel.shape[-1])
        some = [each[_places(row, len(each), MOST_PLACES)] for row, each in zip(rows, flat, strict=True)]
        return np.concatenate(some)[:, None]
    most = MOST_DEPTHWISE if operation.kind == "DEPTHWISE_CONV_2D" else MOST_PLACES
    size, strides, steps = kernel.shape[1:3], *_steps(operation)
    found = []
    for row, image in zip(rows, inputs[:, 0], strict=True):
        padded = _padded(operation, image, size, output[1:3], zero)
        places = np.divmod(_places(row, math.prod(output[1:3]), most), output[2])
        down, across = (
            place[:, None] * stride + np.arange(length) * step
            for place, stride, length, step in zip(places, strides, size, steps, strict=True)
        )
        found.append(padded[down[:, :, None], across[:, None, :]])
    return np.concatenate(found).reshape(-1, math.prod(size), inputs.shape[-1])


def _places(row: int, count: int, most: int) -> np.ndarray:
    """Returns places out of so many: the same ones for each program that is asked about this example."""
    if count <= most:
        return np.arange(count)
    return np.sort(np.random.default_rng((row, count)).choice(count, most, replace=False))


def _steps(operation: Operation) -> tuple[tuple[int, int], tuple[int, int]]:
    options = operation.table.builtinOptions
    dilation = max(1, options.dilationHFactor), max(1, options.dilationWFactor)
    return (options.strideH, options.strideW), dilation


def _padded(
    operation: Operation, image: np.ndarray, size: tuple[int, ...], output: tuple[int, ...], zero: float
) -> np.ndarray:
    """Returns an image with the border that TensorFlow's padding adds: where it is odd, more of it behind."""
    if operation.table.builtinOptions.padding != _SAME:
        return image
    borders = []
    for axis, (stride, step) in enumerate(zip(*_steps(operation), strict=True)):
        missing = (output[axis] - 1) * stride + (size[axis] - 1) * step + 1 - image.shape[axis]
        borders.append((max(missing, 0) // 2, max(missing, 0) - max(missing, 0) // 2))
    return np.pad(image, (*borders, (0, 0)), constant_values=zero)
