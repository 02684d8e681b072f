"""Which operations int8 hurts, and files that leave those in float32: the quantization "mixed".

TensorFlow's QuantizationDebugger runs every quantized operation beside its float32 twin on the same input. What an
operation adds to the error is given as noise: the root mean square of the difference, divided by that of the signal,
in each channel, and averaged over the channels; a tensor has one int8 scale, and a loud channel drowns the quiet
ones. The operations that read a noisy tensor stay in float with the one that makes it: else it would be rounded on
its way to them.
Source: https://ai.google.dev/edge/litert/conversion/tensorflow/quantization/quantization_debugger
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from kerasft.base.errors import KerasftError
from kerasft.base.quiet import quiet
from kerasft.base.telling import step
from kerasft.contract.splits import Column
from kerasft.formats import integer, tflite
from kerasft.formats.operations import Representative
from kerasft.formats.program import Program

MOST_DEBUGGED = 30  # examples: the noise of a layer is known to a few per cent then
WORST_NAMED = 3


@dataclass(frozen=True)
class Operation:
    """A quantized operation of a file.

    Args:
        name: The layer it comes from, as far as its tensor tells.
        kind: TFLite's name, such as CONV_2D.
        tensor: Its output, as the converter knows it.
        noise: What int8 adds at this place: 0.01 is 1 % of the signal.
        readers: The outputs of the operations that read it.
    """

    name: str
    kind: str
    tensor: str
    noise: float
    readers: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.name} ({self.kind}, noise {self.noise:.1%})"


class Debugged:
    """A model that was calibrated once, to be quantized again and again with other operations left in float.

    Args:
        converter: Set to the quantization "mixed".
        representative: Gives the examples that set the ranges.
        count: How many these are.
        compared: Gives those on which the operations are compared.
    """

    def __init__(
        self,
        converter: tf.lite.TFLiteConverter,
        representative: Representative,
        count: int,
        compared: Representative,
    ):
        def inputs() -> Iterator[list[np.ndarray]]:
            return (list(each.values()) for each in compared())

        debugging, self.representative = tf.lite.experimental, representative
        converter.representative_dataset = integer.first_of(representative)
        self.debugger = debugging.QuantizationDebugger(converter=converter, debug_dataset=inputs)
        self.float_model = integer.measured(self.debugger.calibrated_model, representative, count)
        self.debugger.calibrated_model = self.float_model.content
        # a second one, of the first one's model: only so are the signals kept beside the differences
        second = debugging.QuantizationDebugger(
            quant_debug_model_content=self.debugger.get_debug_quantized_model(),
            debug_dataset=inputs,
            debug_options=debugging.QuantizationDebugOptions(layer_direct_compare_metrics={"noise": _noise}),
        )
        second.run()
        self.operations = _ranked(second, readers_of(self.debugger.get_nondebug_quantized_model()))

    def in_float(self, count: int) -> list[Operation]:
        """Returns the worst operations, so many of them, and those that read what they make."""
        worst = self.operations[:count]
        wanted = {tensor for each in worst for tensor in (each.tensor, *each.readers)}
        return worst + [each for each in self.operations[count:] if each.tensor in wanted]

    def content(self, count: int) -> bytes:
        """Returns a `.tflite` with the operations of `in_float` in float32, and the others corrected."""
        nodes = [each.tensor for each in self.in_float(count)]
        with quiet():
            self.debugger.options = tf.lite.experimental.QuantizationDebugOptions(denylisted_nodes=nodes)
            content = self.debugger.get_nondebug_quantized_model()
            return integer.corrected(content, self.float_model, self.representative)[0]


@contextmanager
def debugged(program: Program, representative: Column) -> Iterator[Debugged]:
    """Yields a model quantized to int8 in such a way that each operation can be compared.

    Args:
        program: Of any quantization.
        representative: Examples, which set the ranges.

    Raises:
        KerasftError: It can't be quantized at all.
    """
    count = len(representative)
    few = representative[np.linspace(0, count - 1, min(MOST_DEBUGGED, count)).astype(int)]
    with tflite.converter_of(program) as converter:
        everything, some = (tflite.calibration_of(program, each) for each in (representative, few))
        assert everything is not None and some is not None
        tflite.set_quantization(converter, "mixed", everything)
        try:
            with step(
                "looking for the operations that int8 hurts", "operations ranked by what int8 adds to them"
            ):
                found = Debugged(converter, everything, count, some)
        except Exception as error:  # the converter has no public error type
            raise KerasftError(tflite.why_not(error, program.description)) from error
        yield found


def counts_to_try(operations: int) -> list[int]:
    """Returns how many operations to leave in float, one after the other: 1, 2, 4, ... up to half of them."""
    counts, count = [], 1
    while count <= max(1, operations // 2):
        counts.append(count)
        count *= 2
    return counts


def _noise(signal: np.ndarray, quantised: np.ndarray, scale: float, zero_point: int) -> float:
    return noise_of(signal, (quantised.astype("float64") - zero_point) * scale)


def noise_of(signal: np.ndarray, other: np.ndarray) -> float:
    """Returns the noise of `other`, float (..., channels), beside `signal`; the module's text says what noise is."""
    signal = signal.astype("float64").reshape(-1, signal.shape[-1] if signal.ndim else 1)
    errors = np.sqrt(np.mean((other.reshape(signal.shape) - signal) ** 2, axis=0))
    levels = np.sqrt(np.mean(signal**2, axis=0))
    heard = levels > 1e-6 * max(levels.max(), 1e-30)  # a channel without a signal has none to lose
    return float(np.mean(errors[heard] / levels[heard])) if heard.any() else 0.0


def readers_of(content: bytes) -> dict[str, tuple[str, ...]]:
    """Returns, for each tensor of a `.tflite` by name, the outputs of the operations that read it, by name."""
    with quiet():
        from ai_edge_litert import schema_py_generated as schema
    graph = schema.Model.GetRootAs(content, 0).Subgraphs(0)

    def names(operator: schema.Operator, side: str) -> list[str]:
        numbers = [getattr(operator, side)(place) for place in range(getattr(operator, f"{side}Length")())]
        return [graph.Tensors(number).Name().decode() for number in numbers if number >= 0]

    found: dict[str, list[str]] = {}
    for index in range(graph.OperatorsLength()):
        operator = graph.Operators(index)
        for name in names(operator, "Inputs"):
            found.setdefault(name, []).extend(names(operator, "Outputs"))
    return {name: tuple(outputs) for name, outputs in found.items()}


def _ranked(
    debugger: tf.lite.experimental.QuantizationDebugger, readers: dict[str, tuple[str, ...]]
) -> list[Operation]:
    """Returns the operations, the noisiest first.

    Those of softmax are no candidates: the steps of their results are fixed at 1/256, which is much only of
    probabilities that are next to nothing.
    """
    text = io.StringIO()
    debugger.layer_statistics_dump(text)
    text.seek(0)
    found = [
        Operation(
            layer_of(row["tensor_name"]),
            row["op_name"],
            row["tensor_name"],
            float(row["noise"]),
            readers.get(row["tensor_name"], ()),
        )
        for row in csv.DictReader(text)
        if row["op_name"] != "SOFTMAX"
    ]
    return sorted(found, key=lambda each: -each.noise)


def layer_of(tensor: str) -> str:
    """Returns the layer that a tensor belongs to: "task_1/backbone_1/block_2_add_1/add;..." gives "block_2_add"."""
    first = next((part for part in tensor.split(";") if part), tensor)
    parts = [part for part in first.split("/")[1:-1] if not re.fullmatch(r"backbone(_\d+)?", part)]
    return "/".join(re.sub(r"_\d+$", "", part) for part in parts) or first
