"""The ladder: which files there are, from the smallest to the largest, and how each is asked for.

| quantization | weights | computes in | input | output |
| --- | --- | --- | --- | --- |
| int8 | int8 | int8 | uint8 or int8 | the same, probability * 256 |
| dynamic | int8 | int8 and float32 | float32 0..255 | float32 |
| int16 | int8 | int16 | float32 0..255 | float32 |
| mixed | int8, some float32 | int8, and float32 where int8 loses too much | float32 0..255 | float32 |
| float16 | float16 | float32 | float32 0..255 | float32 |
| float32 | float32 | float32 | float32 0..255 | float32 |

Beside it stand the SavedModel and ONNX, in float32. This room knows names only: it imports no TensorFlow.
"""

from __future__ import annotations

from pathlib import Path

from kerasft.base.errors import InputError, Problem, did_you_mean
from kerasft.base.shells import quoted

# From the smallest file to the largest; dynamic is a little smaller than int8, which needs no float unit at all
LADDER = ("int8", "dynamic", "int16", "mixed", "float16", "float32")
CALIBRATED = ("int8", "int16", "mixed")  # those whose ranges are measured on representative images
FORMATS = ("tflite", "saved_model", "onnx")
AUTO = "auto"
QUANTIZATIONS = ("none", *reversed(LADDER[:-1]), AUTO)  # what may be asked for; none is float32
IO = ("uint8", "int8")


def choose_quantization(format: str, quantize: str | None, io: str = "uint8") -> str:
    """Returns "saved_model", "onnx", "auto" or a quantization of the TFLite ladder.

    Raises:
        InputError: All that is wrong with the arguments.
    """
    problems = []
    quantize = None if quantize == "none" else quantize
    if format not in FORMATS:
        problems.append(Problem("the format is unknown", format, _suggest("--format", format, FORMATS)))
    if quantize is not None and quantize not in QUANTIZATIONS:
        problems.append(
            Problem("the quantization is unknown", quantize, _suggest("--quantize", quantize, QUANTIZATIONS))
        )
    elif quantize is not None and format in FORMATS and format != "tflite":
        name = {"saved_model": "a SavedModel", "onnx": "an ONNX file"}[format]
        hint = "leave out --quantize, or use --format tflite"
        problems.append(Problem(f"{name} is not quantized", quantize, hint))
    if io not in IO:
        problems.append(Problem("the type of input and output is unknown", io, _suggest("--io", io, IO)))
    elif io != "uint8" and quantize not in ("int8", AUTO):
        hint = "leave out --io, or add --quantize int8"
        problems.append(Problem("only int8 files have integers for input and output", f"--io {io}", hint))
    if problems:
        raise InputError(problems)
    return quantize or "float32" if format == "tflite" else format


def file_name(quantization: str, form: str = "") -> str:
    """Returns the name of the exported file or folder of a quantization; `form` is another one than the usual."""
    ending = f"_{form}" if form else ""
    return {"saved_model": "saved_model", "onnx": "model.onnx"}.get(
        quantization, f"model_{quantization}{ending}.tflite"
    )


def command(run_dir: Path, quantization: str) -> str:
    """Returns the command line that exports a quantization."""
    format = quantization if quantization in FORMATS else "tflite"
    quantize = f" --quantize {quantization}" if quantization in QUANTIZATIONS[1:] else ""
    return f"kerasft export {quoted(run_dir)} --format {format}{quantize}"


def _suggest(flag: str, value: str, known: tuple[str, ...]) -> str:
    return did_you_mean(value, known, f"use {flag} {', '.join(known[:-1])} or {known[-1]}")
