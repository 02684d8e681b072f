"""Which operations quantization hurts, seen on the file: for dynamic, int16 and float16, which no debugger compares.

The file and its float32 twin run on the same inputs with all their tensors kept, on LiteRT's plain kernels. Noise is
measured as in `kerasft.formats.selective`, tensor by tensor; here it holds what comes in from the operations before,
too. So an operation is judged by what it adds: the root of its noise squared less that of its noisiest input.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from kerasft.base.json_values import JsonFields
from kerasft.base.quiet import quiet
from kerasft.formats.selective import WORST_NAMED, layer_of, noise_of

LADDER = ("dynamic", "int16", "float16")
MOST_COMPARED = 20  # examples
# Those that only move numbers, and softmax, whose noise is large where probabilities are next to nothing
_NO_CANDIDATES = {
    "SOFTMAX",
    "QUANTIZE",
    "DEQUANTIZE",
    "CAST",
    "RESHAPE",
    "TRANSPOSE",
    "PAD",
    "CONCATENATION",
    "GATHER",
}
_SMALLEST = 0.001  # noise below 0.1 % of the signal names nothing


def worst_operations(content: bytes, exact: bytes, examples: Sequence[Mapping[str, np.ndarray]]) -> list[str]:
    """Returns the operations that add most noise, in words, the worst first.

    Args:
        content: A `.tflite` file.
        exact: The float32 file of the same model.
        examples: Inputs by their names in the signature, each of a batch of one.
    """
    found, expected = _signals(content, examples), _signals(exact, examples)
    noises = {
        name: noise_of(expected[name], found[name])
        for name in found
        if name in expected and found[name].shape == expected[name].shape
    }
    added, levels = [], dict[str, float]()
    for kind, inputs, output in _operations(content):
        before = max((levels.get(name, 0.0) for name in inputs), default=0.0)
        levels[output] = after = noises.get(output, before)  # a tensor without a twin has what came in
        if output in noises and kind not in _NO_CANDIDATES:
            own = math.sqrt(max(0.0, after**2 - before**2))
            added.append((own, f"{layer_of(output)} ({kind}, noise {before:.1%} to {after:.1%})"))
    added.sort(key=lambda each: -each[0])
    return [text for own, text in added[:WORST_NAMED] if own >= _SMALLEST]


def _signals(content: bytes, examples: Sequence[Mapping[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Returns what each operation answers, by tensor, as numbers: float64 (examples, ..., channels)."""
    with quiet():
        from ai_edge_litert.interpreter import Interpreter, OpResolverType

        interpreter = Interpreter(
            model_content=content,
            experimental_preserve_all_tensors=True,
            experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        )
        interpreter.allocate_tensors()  # before there is a runner, whose reference it would refuse
        runner = interpreter.get_signature_runner()
    details = {each["name"]: each for each in interpreter.get_tensor_details()}
    outputs = [output for _, _, output in _operations(content) if output in details]
    kept: dict[str, list[np.ndarray]] = {name: [] for name in outputs}
    for example in examples:
        runner(**example)
        for name in outputs:
            kept[name].append(_as_numbers(interpreter.get_tensor(details[name]["index"]), details[name]))
    return {name: np.stack(arrays) for name, arrays in kept.items()}


def _as_numbers(values: np.ndarray, detail: JsonFields) -> np.ndarray:
    scale, zero_point = detail["quantization"]
    return (values.astype("float64") - zero_point) * (scale or 1.0)


def _operations(content: bytes) -> list[tuple[str, list[str], str]]:
    """Returns kind, inputs and first output of each operation, by name."""
    with quiet():
        from ai_edge_litert import schema_py_generated as schema
    model = schema.Model.GetRootAs(content, 0)
    graph = model.Subgraphs(0)
    kinds = {value: name for name, value in vars(schema.BuiltinOperator).items() if isinstance(value, int)}
    found = []
    for index in range(graph.OperatorsLength()):
        operator = graph.Operators(index)
        code = model.OperatorCodes(operator.OpcodeIndex())
        numbers = [operator.Inputs(place) for place in range(operator.InputsLength())]
        inputs = [graph.Tensors(number).Name().decode() for number in numbers if number >= 0]
        output = graph.Tensors(operator.Outputs(0)).Name().decode()
        found.append((kinds[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())], inputs, output))
    return found
