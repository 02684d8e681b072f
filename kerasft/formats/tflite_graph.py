"""What a `.tflite` file computes: weights, operations, multiplications, and which of them XNNPACK takes over."""

from __future__ import annotations

import math
import struct
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from kerasft.base.errors import InputError, Problem
from kerasft.base.quiet import quiet
from kerasft.formats.description import EXPORT_AGAIN
from kerasft.formats.litert import open_interpreter

if TYPE_CHECKING:
    from ai_edge_litert import schema_py_generated


@dataclass(frozen=True)
class Graph:
    """What there is in a file.

    Args:
        parameters: Number of weights, biases included.
        operations: Number of operations.
        million_macs: Multiplications with addition of convolutions and matrix products, in millions.
        outside_xnnpack: Operations that XNNPACK leaves to the plain kernels, by kind.
    """

    parameters: int
    operations: int
    million_macs: float
    outside_xnnpack: dict[str, int]


def read_graph(path: Path) -> Graph:
    """Reads a `.tflite` file, and has LiteRT prepare it to see what goes to XNNPACK.

    Raises:
        InputError: It is no whole model.
    """
    try:
        outside = _outside_xnnpack(path)  # the first: LiteRT checks that all in the file lies inside of it
        with quiet():
            from ai_edge_litert import schema_py_generated as schema
        model = schema.Model.GetRootAs(path.read_bytes(), 0)
        graph = model.Subgraphs(0)
        codes = {
            value: name for name, value in vars(schema.BuiltinOperator).items() if isinstance(value, int)
        }
        operators = [graph.Operators(index) for index in range(graph.OperatorsLength())]
        macs = sum(_macs(graph, each, codes[_code(model, each)]) for each in operators)
        return Graph(_parameters(model, graph, schema), len(operators), macs / 1e6, outside)
    except (struct.error, TypeError, ValueError, LookupError, AttributeError) as error:
        what = f"the .tflite file can't be read: {error}"
        raise InputError(Problem(what, str(path), EXPORT_AGAIN)) from error


def _code(model: schema_py_generated.Model, operator: schema_py_generated.Operator) -> int:
    code = model.OperatorCodes(operator.OpcodeIndex())
    return max(code.BuiltinCode(), code.DeprecatedBuiltinCode())  # old files have the number in the second


def _parameters(
    model: schema_py_generated.Model, graph: schema_py_generated.SubGraph, schema: ModuleType
) -> int:
    """Counts constants that are numbers of the model: integers without a scale are shapes and axes."""
    types = schema.TensorType
    weights = {types.FLOAT32, types.FLOAT16, types.INT8, types.INT4, types.INT16}
    total = 0
    for index in range(graph.TensorsLength()):
        tensor = graph.Tensors(index)
        if model.Buffers(tensor.Buffer()).DataLength() == 0:
            continue
        scaled = tensor.Quantization() is not None and tensor.Quantization().ScaleLength() > 0
        if tensor.Type() in weights or (tensor.Type() in (types.INT32, types.INT64) and scaled):
            total += math.prod(_shape(tensor))
    return total


def _macs(graph: schema_py_generated.SubGraph, operator: schema_py_generated.Operator, kind: str) -> int:
    """Counts the multiplications of the operations that take nearly all of the time."""

    def shape(side: str, index: int) -> list[int]:
        number = getattr(operator, side)(index)
        return _shape(graph.Tensors(number))

    if kind in ("CONV_2D", "DEPTHWISE_CONV_2D", "TRANSPOSE_CONV", "FULLY_CONNECTED", "BATCH_MATMUL"):
        produced, first, second = math.prod(shape("Outputs", 0)), shape("Inputs", 0), shape("Inputs", 1)
        if kind == "CONV_2D":  # the filter is (out, height, width, in)
            return produced * math.prod(second[1:])
        if kind == "DEPTHWISE_CONV_2D":  # (1, height, width, channels)
            return produced * math.prod(second[1:3])
        if kind == "TRANSPOSE_CONV":
            return math.prod(shape("Inputs", 2)) * math.prod(second[:3])
        return produced * (second[-1] if kind == "FULLY_CONNECTED" else first[-1])
    return 0


def _shape(tensor: schema_py_generated.Tensor) -> list[int]:
    return [tensor.Shape(index) for index in range(tensor.ShapeLength())]


def _outside_xnnpack(path: Path) -> dict[str, int]:
    """Returns the operations that no DELEGATE node stands for.

    LiteRT appends such nodes to the list of operations, with the tensors that go in and come out; what lies between,
    going up from their outputs, is what the delegate computes.
    """
    details = open_interpreter(path, 1)._get_ops_details()  # the only place where LiteRT tells
    operations = [each for each in details if each["op_name"] != "DELEGATE"]
    made_by = {tensor: each["index"] for each in operations for tensor in each["outputs"].tolist()}
    inputs_of = {each["index"]: each["inputs"].tolist() for each in operations}
    taken: set[int] = set()
    for delegate in (each for each in details if each["op_name"] == "DELEGATE"):
        given, ahead = set(delegate["inputs"].tolist()), delegate["outputs"].tolist()
        while ahead:
            tensor = ahead.pop()
            maker = made_by.get(tensor)
            if tensor not in given and maker is not None and maker not in taken:
                taken.add(maker)
                ahead += inputs_of[maker]
    return dict(Counter(each["op_name"] for each in operations if each["index"] not in taken))
