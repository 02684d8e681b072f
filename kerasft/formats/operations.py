"""A `.tflite` file as its operations: what they are, their constants, and what each answers by itself.

Constants are changed where they lie: packed anew in Python, the file would lose the alignment of its weights.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import flatbuffers
import numpy as np

from kerasft.base.quiet import quiet

if TYPE_CHECKING:
    from ai_edge_litert import schema_py_generated as schema
    from ai_edge_litert.interpreter import Interpreter

Representative = Callable[
    [], Iterator[Mapping[str, np.ndarray]]
]  # gives examples one at a time, of a batch of one
WEIGHTED = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
_DTYPES = {0: "float32", 1: "float16", 2: "int32", 3: "uint8", 4: "int64", 6: "bool", 7: "int16", 9: "int8"}


@dataclass(frozen=True, eq=False)
class Operation:
    """One operation of a file.

    Args:
        kind: TFLite's name, such as CONV_2D.
        inputs: Numbers of tensors; -1 stands for one that is left out.
        outputs: Numbers of tensors.
        name: Of its first output.
        table: As FlatBuffers' object API has it, with its options.
    """

    kind: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    name: str
    table: schema.OperatorT


class Operations:
    """The operations of a file's first graph, in the order in which they run.

    Args:
        content: A `.tflite` file.

    Attributes:
        content: The same bytes, which `change` changes.
        inputs: Numbers of the tensors that the file takes.
        outputs: Numbers of those it gives.
    """

    def __init__(self, content: bytes):
        with quiet():
            from ai_edge_litert import schema_py_generated
        self._schema = schema_py_generated
        self.content = bytearray(content)
        self._model = self._schema.Model.GetRootAs(self.content, 0)
        self._graph = self._model.Subgraphs(0)
        self.inputs = [self._graph.Inputs(place) for place in range(self._graph.InputsLength())]
        self.outputs = [self._graph.Outputs(place) for place in range(self._graph.OutputsLength())]
        self._kinds = {
            value: name
            for name, value in vars(self._schema.BuiltinOperator).items()
            if isinstance(value, int)
        }
        self.all = [self._operation(place) for place in range(self._graph.OperatorsLength())]
        self._uses = Counter(number for each in self.all for number in each.inputs)
        tensors = range(self._graph.TensorsLength())
        self._holders = Counter(self._graph.Tensors(number).Buffer() for number in tensors)

    def _operation(self, place: int) -> Operation:
        operator = self._graph.Operators(place)
        code = self._model.OperatorCodes(operator.OpcodeIndex())
        inputs = tuple(operator.Inputs(each) for each in range(operator.InputsLength()))
        outputs = tuple(operator.Outputs(each) for each in range(operator.OutputsLength()))
        kind = self._kinds[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
        table = self._schema.OperatorT.InitFromObj(operator)
        return Operation(kind, inputs, outputs, self.name(outputs[0]), table)

    def name(self, number: int) -> str:
        """Returns the name of a tensor."""
        return self._graph.Tensors(number).Name().decode()

    def dtype(self, number: int) -> str:
        """Returns the type of a tensor's numbers, "" if it is none that we know."""
        return _DTYPES.get(self._graph.Tensors(number).Type(), "")

    def shape(self, number: int) -> tuple[int, ...]:
        """Returns the shape of a tensor."""
        tensor = self._graph.Tensors(number)
        return tuple(tensor.Shape(axis) for axis in range(tensor.ShapeLength()))

    def constant(self, number: int) -> np.ndarray | None:
        """Returns a tensor's values, which may be changed if `is_own`; None if they are only known when it runs."""
        if number < 0:
            return None
        tensor = self._graph.Tensors(number)
        data = self._model.Buffers(tensor.Buffer()).DataAsNumpy()
        if isinstance(data, int) or not len(data):
            return None
        return data.view(_DTYPES[tensor.Type()]).reshape(self.shape(number))

    def is_own(self, number: int) -> bool:
        """Whether a constant belongs to one operation alone: equal ones are stored once."""
        return self._uses[number] == 1 and self._holders[self._graph.Tensors(number).Buffer()] == 1

    def scales(self, number: int) -> tuple[np.ndarray, int]:
        """Returns the scales of a quantized tensor, float64 (1,) or (channels,), none if it has none; and its zero."""
        quantization = self._graph.Tensors(number).Quantization()
        if quantization is None or not quantization.ScaleLength():
            return np.zeros(0), 0
        return quantization.ScaleAsNumpy().astype("float64"), int(quantization.ZeroPoint(0))

    def set_range(self, number: int, low: float, high: float) -> None:
        """Writes the range of a tensor where the converter's calibration left one."""
        quantization = self._graph.Tensors(number).Quantization()
        if quantization is not None and quantization.MinLength() == quantization.MaxLength() == 1:
            quantization.MinAsNumpy()[0], quantization.MaxAsNumpy()[0] = low, high

    def given(self, operation: Operation) -> list[int]:
        """Returns the inputs of an operation that are no constants, each once."""
        found = (number for number in operation.inputs if number >= 0 and self.constant(number) is None)
        return list(dict.fromkeys(found))

    def alone(self, operation: Operation) -> bytes:
        """Returns a `.tflite` of one operation, which takes `given` in that order."""
        model, graph = self._schema.ModelT(), self._schema.SubGraphT()
        numbers = list(dict.fromkeys(each for each in (*operation.inputs, *operation.outputs) if each >= 0))
        place = {number: index for index, number in enumerate(numbers)} | {-1: -1}
        tensors = [self._schema.TensorT.InitFromObj(self._graph.Tensors(number)) for number in numbers]
        model.buffers = [self._schema.BufferT()]
        for tensor, number in zip(tensors, numbers, strict=True):
            values, tensor.buffer = self.constant(number), 0
            if values is not None:
                buffer = self._schema.BufferT()
                buffer.data = np.frombuffer(values.tobytes(), "uint8")
                tensor.buffer = len(model.buffers)
                model.buffers.append(buffer)
        only = self._schema.OperatorT.InitFromObj(self._graph.Operators(self.all.index(operation)))
        index, only.opcodeIndex = only.opcodeIndex, 0
        only.inputs = [place[number] for number in operation.inputs]
        only.outputs = [place[number] for number in operation.outputs]
        graph.tensors, graph.operators = tensors, [only]
        graph.inputs, graph.outputs = [place[number] for number in self.given(operation)], only.outputs
        code = self._schema.OperatorCodeT.InitFromObj(self._model.OperatorCodes(index))
        model.version, model.operatorCodes, model.subgraphs = self._model.Version(), [code], [graph]
        builder = flatbuffers.Builder(1 << 16)
        builder.Finish(model.Pack(builder), b"TFL3")
        return bytes(builder.Output())

    def run_alone(self, operation: Operation, given: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Returns what an operation answers, by LiteRT's own kernel.

        Args:
            operation: One of `all`.
            given: The values of `given` for n examples, (n, ...) with the shape of the tensor behind.

        Returns:
            Its outputs, likewise.
        """
        interpreter = open_content(self.alone(operation))
        places = [each["index"] for each in interpreter.get_input_details()]
        outputs = [each["index"] for each in interpreter.get_output_details()]
        found: list[np.ndarray] = []
        for row in range(len(given[0])):
            for place, values in zip(places, given, strict=True):
                interpreter.set_tensor(place, values[row])
            interpreter.invoke()
            answers = [interpreter.get_tensor(place) for place in outputs]
            found = found or [np.empty((len(given[0]), *each.shape), each.dtype) for each in answers]
            for kept, answer in zip(found, answers, strict=True):
                kept[row] = answer
        return found


def open_content(content: bytes, keep_all: bool = False) -> Interpreter:
    """Opens a `.tflite` that was just made, on one thread.

    Args:
        content: The file.
        keep_all: Whether each tensor keeps its value; the plain kernels compute it then.
    """
    with quiet():
        from ai_edge_litert.interpreter import Interpreter, OpResolverType

        plain = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
        more = {"experimental_preserve_all_tensors": True, "experimental_op_resolver_type": plain}
        interpreter = Interpreter(model_content=content, num_threads=1, **(more if keep_all else {}))
        interpreter.allocate_tensors()
    return interpreter


def fed(
    interpreter: Interpreter, example: Mapping[str, np.ndarray], run: bool = True
) -> dict[int, np.ndarray]:
    """Gives a file an example, and runs it.

    Args:
        interpreter: Of the file.
        example: float32, of a batch of one, by the names of its signature.
        run: Whether to run it.

    Returns:
        What it was given, by the number of the tensor, in the type that it takes.
    """
    details, found = interpreter.get_signature_runner().get_input_details(), {}
    for name, detail in details.items():
        values, (scale, zero) = example[name], detail["quantization"]
        if scale:
            limits = np.iinfo(detail["dtype"])
            values = np.clip(np.round(values / scale) + zero, limits.min, limits.max)
        found[detail["index"]] = values.astype(detail["dtype"])
        interpreter.set_tensor(detail["index"], found[detail["index"]])
    if run:
        interpreter.invoke()
    return found
