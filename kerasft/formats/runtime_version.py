"""The oldest runtime that can run an exported file: what its author's phone may lack, read from the file itself."""

from __future__ import annotations

from pathlib import Path

from kerasft.base.quiet import quiet

METADATA_NAME = b"min_runtime_version"
# The quantizer of int16 leaves the version of the float model it began with. TensorFlow brought 16-bit kernels with
# 2.3: tensorflow/lite/tools/versioning/runtime_version.cc, CONV_2D 4 and FULLY_CONNECTED 7
_SIXTEEN_BITS = "2.3.0"


def needed_runtime(path: Path, quantization: str) -> str:
    """Returns what a file needs, such as "TensorFlow Lite 2.4 or later, or LiteRT"; "" where nothing is known of it.

    Args:
        path: A `.tflite` or `.onnx` file, or a SavedModel folder.
        quantization: What it is.
    """
    if quantization == "saved_model":
        import tensorflow as tf

        return f"TensorFlow {'.'.join(tf.__version__.split('.')[:2])} (made with it)"
    if quantization == "onnx":
        return _opset(path)
    version = tflite_version(path.read_bytes())
    if quantization == "int16":
        version = max(version or _SIXTEEN_BITS, _SIXTEEN_BITS, key=_as_numbers)
    return f"TensorFlow Lite {'.'.join(version.split('.')[:2])} or later, or LiteRT" if version else ""


def tflite_version(content: bytes) -> str:
    """Returns the converter's own word in a `.tflite`, such as "2.17.0": the newest of its operators; "" without."""
    with quiet():
        from ai_edge_litert import schema_py_generated as schema
    model = schema.Model.GetRootAs(content, 0)
    for entry in (model.Metadata(index) for index in range(model.MetadataLength())):
        if entry.Name() == METADATA_NAME:
            data = model.Buffers(entry.Buffer()).DataAsNumpy()
            text = bytes(data).split(b"\0")[0].decode("ascii", "replace") if not isinstance(data, int) else ""
            return text if _as_numbers(text) else ""
    return ""


def _opset(path: Path) -> str:
    import onnx

    model = onnx.load(str(path), load_external_data=False)
    versions = [each.version for each in model.opset_import if each.domain in ("", "ai.onnx")]
    return f"ONNX opset {max(versions)}, IR {model.ir_version}" if versions else ""


def _as_numbers(version: str) -> tuple[int, ...]:
    parts = version.split(".")
    return tuple(map(int, parts)) if all(part.isdigit() for part in parts) else ()
