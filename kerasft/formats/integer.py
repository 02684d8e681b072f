"""int8 files that answer as the float model does: their ranges, kernels and biases come from what layers really see.

1. Ranges. TensorFlow's calibration reads a tensor when the next operation may already have written its sum over it:
   what goes into an addition gets the range of what comes out, up to twice its own. So the ranges are measured here,
   with each tensor in a place of its own.
2. Kernels of few inputs, depthwise ones above all, are rounded for what they read: see `kernel_rounding`.
3. Biases. Layer by layer, in the file itself, each bias is moved so that the layer answers on average what it answers
   in float32, whatever the layers before it do to its inputs (bias correction, Nagel et al. 2019,
   https://arxiv.org/abs/1906.04721). Of plain pictures errors don't average out: their background is the same all over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import tensorflow as tf

from kerasft.base.quiet import quiet
from kerasft.formats.integer_layers import Layer, is_corrected, is_layer, seen_in
from kerasft.formats.operations import Operations, Representative, fed, open_content

MOST_EXAMPLES = 64  # by which kernels and biases are corrected; ranges are of all that are given
MOST_BYTES = 256_000_000  # of what these may be inside the file
_HELD_BACK = 32  # examples that tell whether the corrected file is the better one


@dataclass(frozen=True, eq=False)
class Measured:
    """A float model that ran on representative examples.

    Args:
        content: A `.tflite` with the range of each tensor, for `quantize`.
        rows: The examples by which layers are corrected.
        means: What a layer's kernel reads on average in these, (numbers of the kernel, channels), by layer.
        answers: The outputs of each example.
    """

    content: bytes
    rows: tuple[int, ...]
    means: dict[str, np.ndarray]
    answers: list[list[np.ndarray]]


def convert(
    converter: tf.lite.TFLiteConverter, representative: Representative, count: int, io: str
) -> tuple[bytes, int]:
    """Returns the int8 file of a converter's model, and how many of its layers were corrected.

    Args:
        converter: Set to int8.
        representative: Gives the examples, one at a time.
        count: How many there are.
        io: The type of its input and output: "uint8" or "int8".
    """
    float_model = calibrated(converter, representative, count)
    with quiet():
        return corrected(quantize(float_model.content, io), float_model, representative)


def calibrated(converter: tf.lite.TFLiteConverter, representative: Representative, count: int) -> Measured:
    """Returns a converter's float model with the ranges of what it computes; the arguments are those of `convert`."""
    converter.representative_dataset = first_of(representative)
    converter._experimental_calibrate_only = True
    return measured(converter.convert(), representative, count)


def first_of(representative: Representative) -> Representative:
    """Returns what gives one example: enough for TensorFlow's calibration to make room for ranges."""
    return lambda: islice(representative(), 1)


def quantize(content: bytes, io: str) -> bytes:
    """Returns the int8 file of a float model with ranges, with inputs and outputs of a type such as "uint8"."""
    from tensorflow.lite.python.convert import mlir_quantize

    dtype = tf.as_dtype(io)
    return mlir_quantize(content, input_data_type=dtype, output_data_type=dtype)


def measured(content: bytes, representative: Representative, count: int) -> Measured:
    """Runs a float model on examples, and writes the range of each tensor into it.

    Args:
        content: A `.tflite` with ranges that TensorFlow's calibration has left.
        representative: Gives the examples.
        count: How many there are.
    """
    model, interpreter = Operations(content), open_content(content, keep_all=True)
    tensors = [*model.inputs, *(number for each in model.all for number in each.outputs)]
    tensors = [number for number in tensors if model.dtype(number) == "float32"]
    ranges = {number: (np.inf, -np.inf) for number in tensors}
    rows, means, answers = rows_to_correct(model, count), dict[str, np.ndarray](), []
    layers = [each for each in model.all if is_layer(model, each)]
    for row, example in enumerate(representative()):
        fed(interpreter, example)
        for number in tensors:
            values, (low, high) = interpreter.get_tensor(number), ranges[number]
            ranges[number] = min(low, float(values.min())), max(high, float(values.max()))
        answers.append([interpreter.get_tensor(number) for number in model.outputs])
        for each in layers if row in rows else ():
            inputs = interpreter.get_tensor(each.inputs[0])[None]
            seen = seen_in(model, each, inputs, (row,)).mean(axis=0, dtype="float64")
            means[each.name] = means.get(each.name, 0.0) + seen / len(rows)
    for number, (low, high) in ranges.items():
        model.set_range(number, low, high)
    return Measured(bytes(model.content), rows, means, answers)


def corrected(content: bytes, float_model: Measured, representative: Representative) -> tuple[bytes, int]:
    """Rounds kernels and moves biases of an int8 file; where that brings nothing, the file stays as it is.

    Args:
        content: A `.tflite`, all or some of it in int8.
        float_model: Which it was made of.
        representative: Gives the examples that this one has seen.

    Returns:
        The file, and how many layers were corrected.
    """
    try:
        changed, count = _walked(content, float_model, representative)
    except (RuntimeError, ValueError):  # LiteRT can't run an operation by itself
        return content, 0
    before, after = (_distance(each, float_model, representative) for each in (content, changed))
    return (changed, count) if count and after <= before else (content, 0)


def _walked(content: bytes, float_model: Measured, representative: Representative) -> tuple[bytes, int]:
    """Runs a file operation by operation, and corrects each layer before it runs."""
    file, model, count = Operations(content), Operations(float_model.content), 0
    twins, rows = {each.name: each for each in model.all}, float_model.rows
    values = _inputs(file, representative, rows)
    last = {number: place for place, each in enumerate(file.all) for number in each.inputs}
    for place, each in enumerate(file.all):
        twin = twins.get(each.name)
        if twin is not None and twin.name in float_model.means and is_corrected(file, each):
            layer = Layer(file, each, rows, values[each.inputs[0]])
            layer.correct(model, twin, float_model.means[twin.name])
            count += 1
        given = [values[number] for number in file.given(each)]
        values |= zip(each.outputs, file.run_alone(each, given), strict=True)
        values = {number: each for number, each in values.items() if last.get(number, -1) > place}
    return bytes(file.content), count


def rows_to_correct(model: Operations, count: int) -> tuple[int, ...]:
    """Returns examples out of so many, evenly: as many as memory has room for, and no more than are needed."""
    numbers = (
        sum(int(np.prod(model.shape(number))) for number in (*model.given(each), *each.outputs))
        for each in model.all
    )
    room = MOST_BYTES // max(1, *numbers)  # in int8 a number is a byte
    most = min(count, MOST_EXAMPLES, max(room, 8))
    return tuple(np.unique(np.linspace(0, count - 1, most).astype(int)).tolist())


def _inputs(file: Operations, representative: Representative, rows: Sequence[int]) -> dict[int, np.ndarray]:
    """Returns what a file takes, of some examples, by the number of the tensor."""
    interpreter, found = open_content(bytes(file.content)), dict[int, list[np.ndarray]]()
    for row, example in enumerate(representative()):
        if row in rows:
            for number, values in fed(interpreter, example, run=False).items():
                found.setdefault(number, []).append(values)
    return {number: np.stack(values) for number, values in found.items()}


def _distance(content: bytes, float_model: Measured, representative: Representative) -> float:
    """Returns how far a file's answers are from the float model's, in the mean, on examples that corrected nothing."""
    interpreter, rows = open_content(content), float_model.rows
    others = [row for row in range(len(float_model.answers)) if row not in rows] or list(rows)
    some, found = set(others[:: -(-len(others) // _HELD_BACK)]), []
    for row, example in enumerate(representative()):
        if row in some:
            fed(interpreter, example)
            for detail, exact in zip(interpreter.get_output_details(), float_model.answers[row], strict=True):
                values, (scale, zero) = interpreter.get_tensor(detail["index"]), detail["quantization"]
                found.append(np.mean(np.abs((values.astype("float64") - zero) * (scale or 1.0) - exact)))
    return float(np.mean(found))
