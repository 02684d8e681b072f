"""The layers of an int8 file: which of them can be corrected, and how."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kerasft.formats.kernel_rounding import rounded
from kerasft.formats.operations import WEIGHTED, Operation, Operations
from kerasft.formats.patches import seen_by

MOST_INPUTS = (
    256  # of a kernel that is rounded by what it reads; of more the errors average out, and cost more
)
_CHANNELS = 32  # whose covariances are computed at a time: they stay in the processor's cache


class Layer:
    """A layer of an int8 file, and what its kernel reads.

    Args:
        file: The file.
        operation: The layer.
        rows: Which examples its inputs are.
        inputs: int8 (examples, ...).
    """

    def __init__(self, file: Operations, operation: Operation, rows: Sequence[int], inputs: np.ndarray):
        self.file, self.operation, self.depthwise = file, operation, operation.kind == "DEPTHWISE_CONV_2D"
        (self.step,), zero = file.scales(operation.inputs[0])
        seen = seen_in(file, operation, inputs, rows, zero)
        self.seen = (seen.astype("float32") - zero) * np.float32(self.step)
        self.mean = self.seen.mean(axis=0, dtype="float64")

    def correct(self, model: Operations, twin: Operation, mean: np.ndarray) -> None:
        """Rounds the kernel of the float layer anew, and moves the bias by what still parts the two on average."""
        exact, exact_bias = (model.constant(number) for number in twin.inputs[1:3])
        kernel, bias = (self.file.constant(number) for number in self.operation.inputs[1:3])
        assert exact is not None and exact_bias is not None and kernel is not None and bias is not None
        scales, _ = self.file.scales(self.operation.inputs[1])
        wanted, found = self._grouped(exact), self._grouped(kernel).astype("float64")
        steps = np.broadcast_to(scales, exact_bias.shape).reshape(found.shape[:2])
        if wanted.shape[2] <= MOST_INPUTS:
            found = rounded(wanted, steps, self._covariances())
            kernel[...] = self._as_kernel(found, kernel.shape)
        answer = self._answers(wanted, mean) + exact_bias - self._answers(found * steps[..., None], self.mean)
        limits = np.iinfo("int32")
        bias[...] = np.clip(np.round(answer / (self.step * steps.ravel())), limits.min, limits.max)

    def _grouped(self, kernel: np.ndarray) -> np.ndarray:
        """Returns kernels (groups, kernels, inputs): a channel each where it is depthwise, else all in one."""
        if self.depthwise:
            return kernel.reshape(-1, kernel.shape[-1]).T[:, None]
        return kernel.reshape(1, kernel.shape[0], -1)

    def _as_kernel(self, groups: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        return (groups[:, 0].T if self.depthwise else groups).reshape(shape)

    def _answers(self, groups: np.ndarray, mean: np.ndarray) -> np.ndarray:
        """Returns the answers to what is read on average, (out,)."""
        given = mean.T if self.depthwise else mean.reshape(1, -1)
        return np.einsum("gki,gi->gk", groups, given).ravel()

    def _covariances(self) -> np.ndarray:
        seen = self.seen - self.mean.astype("float32")
        if not self.depthwise:
            flat = seen.reshape(len(seen), -1)
            return (flat.T @ flat)[None].astype("float64") / len(seen)
        found = []
        for start in range(0, seen.shape[2], _CHANNELS):
            some = np.ascontiguousarray(seen[:, :, start : start + _CHANNELS].transpose(2, 1, 0))
            found.append(some @ some.transpose(0, 2, 1))
        return np.concatenate(found).astype("float64") / len(seen)


def is_layer(model: Operations, operation: Operation) -> bool:
    """Whether an operation has one kernel for each output, over all the channels or one of each, and a bias."""
    if operation.kind not in WEIGHTED or len(operation.inputs) < 3:
        return False
    kernel, bias = (model.constant(number) for number in operation.inputs[1:3])
    if kernel is None or bias is None or model.constant(operation.inputs[0]) is not None:
        return False
    depthwise = operation.kind == "DEPTHWISE_CONV_2D"
    return (
        kernel.shape[-1]
        == model.shape(operation.inputs[0])[-1]
        == (bias.size if depthwise else kernel.shape[-1])
    )


def is_corrected(file: Operations, operation: Operation) -> bool:
    """Whether a layer computes in int8, with a kernel and a bias that no other has."""
    types = [file.dtype(number) for number in operation.inputs[:3]]
    return (
        is_layer(file, operation)
        and types == ["int8", "int8", "int32"]
        and all(file.is_own(number) for number in operation.inputs[1:3])
    )


def seen_in(
    model: Operations, operation: Operation, inputs: np.ndarray, rows: Sequence[int], zero: float = 0.0
) -> np.ndarray:
    """Returns what a layer of a file reads: see `patches.seen_by`."""
    kernel = model.constant(operation.inputs[1])
    assert kernel is not None
    return seen_by(operation, kernel, inputs, rows, model.shape(operation.outputs[0]), zero)
