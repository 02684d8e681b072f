"""Models as `.tflite` files, builtin operators only: the quantizations of `kerasft.formats.ladder`.

Inputs and outputs have the names and shapes that their kinds give them (`kerasft.contract.serving`), with a batch of
one. The int8 file is integer from end to end, so that it runs on accelerators without a float unit. Its output
has steps of 1/256: TFLite fixes that for the softmax of 8-bit models, and a float output would have them too.
In the int16 file operators for which TFLite has no 16-bit kernel compute in float32.
Method: https://ai.google.dev/edge/litert/conversion/tensorflow/quantization/post_training_quantization
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from kerasft.base.counter import counter
from kerasft.base.errors import InputError, KerasftError, Problem, did_you_mean
from kerasft.base.quiet import quiet
from kerasft.base.telling import telling
from kerasft.contract.splits import Column
from kerasft.contract.task import Task
from kerasft.formats import integer
from kerasft.formats.attaching import with_files, with_metadata
from kerasft.formats.description import Description
from kerasft.formats.ladder import CALIBRATED
from kerasft.formats.operations import Representative
from kerasft.formats.program import Program, traced, write_archive
from kerasft.formats.tflite_metadata import About, metadata_of

SERVE = "serve"


def write_tflite(
    program: Program,
    path: Path,
    representative: Column | None = None,
    *,
    io: str = "uint8",
    about: About | None = None,
    finer: bool = False,
) -> int:
    """Converts a model and writes the file, with its description inside.

    Args:
        program: What it computes; the quantization of its description is one of the ladder but "mixed".
        path: Where to write.
        representative: For "int8" and "int16": examples of the training split.
        io: For "int8", the type of input and output: "uint8" or "int8".
        about: For people; default: backbone, and what it does.
        finer: For "dynamic", whether dense kernels have a scale for each channel; needs TensorFlow Lite 2.17, not 2.4.

    Returns:
        Of "int8", how many layers were corrected: see `kerasft.formats.integer`.

    Raises:
        InputError: The task has no such file, or the representative examples can't be used.
        KerasftError: The model needs operators beyond the builtin ones; the text names them.
    """
    quantization, serving = program.description.quantization, program.task.inputs.serving
    require_offered(quantization, program.task)
    if quantization in CALIBRATED:
        count = None if representative is None else len(representative)
        serving.check_representative(representative, available=count)
    with converter_of(program) as converter:
        calibration = calibration_of(program, representative)
        set_quantization(converter, quantization, calibration, io)
        if quantization == "dynamic":
            converter._experimental_disable_per_channel_quantization_for_dense_layers = not finer
        try:
            if quantization == "int8" and calibration is not None and representative is not None:
                content, layers = integer.convert(converter, calibration, len(representative), io)
            else:
                content, layers = converter.convert(), 0
        except Exception as error:  # the converter has no public error type
            raise KerasftError(why_not(error, program.description)) from error
    if quantization == "int8":
        _require_integer(program, content, io)
    write_content(content, program, path, about)
    return layers


def require_offered(quantization: str, task: Task) -> None:
    """Raises `InputError` if a task has no such `.tflite`."""
    if quantization not in task.quantizations:
        hint = did_you_mean(quantization, task.quantizations, f"use one of {', '.join(task.quantizations)}")
        raise InputError(Problem(f"there is no such TFLite file of {task.name}", quantization, hint))


def calibration_of(program: Program, representative: Column | None) -> Representative | None:
    """Returns what gives a converter its representative examples, one at a time; None without any."""
    if representative is None:
        return None
    count = len(representative)

    def examples() -> Iterator[dict[str, np.ndarray]]:
        with counter("  examples calibrated", telling(), after=2.0) as told:
            each_of = program.task.inputs.serving.representative(representative, program.encoder)
            for number, each in enumerate(each_of, 1):
                yield each
                told(number, count)

    return examples


@contextmanager
def converter_of(program: Program) -> Iterator[tf.lite.TFLiteConverter]:
    """Yields a converter of a model, which it reads from a temporary SavedModel.

    From the functions of a Keras 3 model the converter makes a file without weights whose answers are NaN, and
    says nothing (shared/TRAPS.md, 13).
    """
    with tempfile.TemporaryDirectory(prefix="kerasft-", ignore_cleanup_errors=True) as folder, quiet():
        _write_for_conversion(program, Path(folder) / "model")
        yield tf.lite.TFLiteConverter.from_saved_model(str(Path(folder) / "model"), signature_keys=[SERVE])


def _write_for_conversion(program: Program, folder: Path) -> None:
    """Writes a SavedModel that takes one example: the batch is 1, as MediaPipe and mobile task libraries need it."""
    encoder = program.encoder
    tensors = program.task.inputs.serving.tensors(encoder)
    names, model = {encoder.aliases.get(name, name): name for name in tensors}, traced(program, 1)

    def serve(**given: tf.Tensor) -> dict[str, tf.Tensor]:
        return model({source: given[names[source]] for source in encoder.specs})

    function = tf.function(serve, autograph=False)
    function.get_concrete_function(
        **{name: tf.TensorSpec((1, *spec.shape), spec.dtype, name=name) for name, spec in tensors.items()}
    )
    archive = keras.export.ExportArchive()  # which keeps the variables that an endpoint reads
    # to track the model would look through all its layers for lookup tables, and take twice as long for the same bytes
    archive.add_endpoint(SERVE, function)
    write_archive(archive, folder)


def write_content(content: bytes, program: Program, path: Path, about: About | None = None) -> None:
    """Writes what the converter made, with metadata and description, and the files that these name.

    Raises:
        KerasftError: It needs operators beyond the builtin ones.
    """
    require_builtin_operators(content, program.description)
    names = _names(content, program)
    content = with_metadata(content, metadata_of(program, *names, about))
    path.write_bytes(with_files(content, program.description.beside(content, program.encoder.files())))


def _names(content: bytes, program: Program) -> tuple[list[str], list[str]]:
    """Returns the names of inputs and outputs in the order that the converter chose: metadata goes by position."""
    from ai_edge_litert import schema_py_generated as schema

    model = schema.Model.GetRootAs(content, 0)
    signature = model.SignatureDefs(0)
    graph = model.Subgraphs(signature.SubgraphIndex())
    found = []
    for kind in ("Inputs", "Outputs"):
        count = getattr(signature, f"{kind}Length")()
        named = [getattr(signature, kind)(index) for index in range(count)]
        by_tensor = {each.TensorIndex(): each.Name().decode() for each in named}
        places = range(getattr(graph, f"{kind}Length")())
        found.append([by_tensor.get(getattr(graph, kind)(place), "") for place in places])
    wanted = (
        list(program.task.inputs.serving.tensors(program.encoder)),
        list(program.task.targets.file_shapes(program.description.schema)),
    )
    for ours, theirs in zip(wanted, found, strict=True):
        if sorted(theirs) != sorted(ours):
            received = ", ".join(theirs)
            raise KerasftError(
                f"the converter changed inputs or outputs (received: {received}); needed: {', '.join(ours)}"
            )
    return found[0], found[1]


def set_quantization(
    converter: tf.lite.TFLiteConverter,
    quantization: str,
    representative: Representative | None,
    io: str = "uint8",
) -> None:
    """Sets a converter to a quantization of the ladder.

    Args:
        converter: Of a SavedModel.
        quantization: A quantization of the ladder, without "mixed".
        representative: Of `calibration_of`, for the quantizations that need it.
        io: For "int8", the type of input and output: "uint8" or "int8".
    """
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    if quantization != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if quantization == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if quantization in CALIBRATED:
        converter.representative_dataset = representative
    if quantization == "int8":
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = tf.as_dtype(io)
    if quantization == "int16":
        # the second set lets operators without a 16-bit kernel stay in float
        sixteen = tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8
        converter.target_spec.supported_ops = [sixteen, tf.lite.OpsSet.TFLITE_BUILTINS]


def require_builtin_operators(content: bytes, description: Description) -> None:
    """Reads the operators from the file itself and refuses Flex and custom ones.

    Raises:
        KerasftError: It names them.
    """
    with quiet():
        from ai_edge_litert import schema_py_generated as schema
    model = schema.Model.GetRootAs(content, 0)
    codes = [model.OperatorCodes(index) for index in range(model.OperatorCodesLength())]
    custom = sorted({(code.CustomCode() or b"").decode() for code in codes} - {""})
    if custom:
        raise KerasftError(_needs_other_operators(custom, description))


def _require_integer(program: Program, content: bytes, io: str) -> None:
    """Without representative data the converter returns a float model and no error; so look."""
    from ai_edge_litert.interpreter import Interpreter

    with quiet():
        inputs = Interpreter(model_content=content).get_input_details()
    for details in inputs:
        dtype, (scale, zero_point) = np.dtype(details["dtype"]).name, details["quantization"]
        fault = "" if dtype == io else f"an input is {dtype}"
        fault = fault or program.task.inputs.serving.integer_fault(dtype, scale, zero_point)
        if fault:
            raise KerasftError(f"the int8 file can't be used: {fault}; please report this")


def why_not(error: Exception, description: Description) -> str:
    """Returns a converter's complaint in a line, with the operators that TFLite lacks, where that is the reason."""
    text = str(error)
    operators = sorted(set(re.findall(r"\btf\.([A-Z]\w+)", text)) | set(re.findall(r"\bFlex(\w+)", text)))
    if operators:
        return _needs_other_operators(operators, description)
    first = next(
        (line.strip() for line in text.splitlines() if "error" in line.lower()), type(error).__name__
    )
    return f"the converter can't make a {description.quantization} file of this model: {first[:300]}"


def _needs_other_operators(operators: list[str], description: Description) -> str:
    return (
        f"the backbone {description.backbone} needs operators that TFLite has no builtin for: "
        f"{', '.join(operators)}; "
        "export it with --format saved_model, or train with another --backbone"
    )
