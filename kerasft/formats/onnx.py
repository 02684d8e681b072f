"""Models as ONNX, by Keras' own export: for onnxruntime on servers, in browsers and on Windows.

The inputs have the names of the model's, with any batch size: `image` is float32 raw RGB 0..255 (batch, size, size, 3);
`token_ids`, `padding_mask` and `segment_ids` are int32 (batch, sequence_length). The output is `probabilities`.
The file's metadata (`metadata_props`), which onnxruntime reads in every language, hold `labels.txt`, `kerasft.json`
(see `kerasft.formats.description`) and the files of the inputs, such as a tokenizer's, by their names: texts as they
are, others as base64 with ".base64" behind the name.
"""

from __future__ import annotations

import base64
import importlib.util
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import keras
import numpy as np
import tensorflow as tf

from kerasft.base.errors import KerasftError, UnavailableError
from kerasft.base.quiet import quiet
from kerasft.formats.onnx_contents import INSTALL
from kerasft.formats.onnx_file import BASE64
from kerasft.formats.program import Program

if TYPE_CHECKING:
    from tf2onnx.graph import Graph, Node


def require_onnx() -> None:
    """Raises `UnavailableError` with the pip command if a package of the extra is missing."""
    missing = [name for name in ("tf2onnx", "onnx", "onnxruntime") if importlib.util.find_spec(name) is None]
    if missing:
        raise UnavailableError(f"ONNX needs {', '.join(missing)}: {INSTALL}")


def write_onnx(program: Program, path: Path) -> None:
    """Writes a model as ONNX, with description, labels and the files of its inputs inside.

    Args:
        program: What it computes.
        path: Where to write.

    Raises:
        UnavailableError: A package of the extra is missing.
        KerasftError: The model has operators that can't be converted.
    """
    require_onnx()
    specs = program.encoder.specs
    inputs = {name: keras.Input(spec.shape, dtype=spec.dtype, name=name) for name, spec in specs.items()}
    signature = {
        name: tf.TensorSpec((None, *spec.shape), spec.dtype, name=name) for name, spec in specs.items()
    }
    whole = keras.Model(inputs, program.answer(inputs))
    content = converted(whole, signature, path)
    beside = program.description.beside(content, program.encoder.files(), model_bytes=len(content))
    path.write_bytes(with_metadata(content, dict(map(_as_text, beside, beside.values()))))


def _as_text(name: str, content: bytes) -> tuple[str, str]:
    try:
        return name, content.decode()
    except UnicodeDecodeError:
        return name + BASE64, base64.b64encode(content).decode()


def converted(model: keras.Model, signature: dict[str, tf.TensorSpec], path: Path) -> bytes:
    """Returns a model as ONNX without metadata, by Keras' own export, which writes to `path` on the way.

    Args:
        model: Float32; its outputs are named.
        signature: `tf.TensorSpec`s of its inputs, with None for the batch.
        path: Of a file that may be written.

    Raises:
        KerasftError: The model has operators that can't be converted.
    """
    try:
        with quiet(), _logged_errors_only():
            _teach_erfc()
            model.export(str(path), format="onnx", input_signature=[signature], verbose=False)
    except OSError:
        raise
    except Exception as error:  # tf2onnx has no public error type
        first = (str(error).strip() or type(error).__name__).splitlines()[0][:300]
        raise KerasftError(f"this model can't be written as ONNX: {first}") from error
    return _without_unread_inputs(path.read_bytes())


def _teach_erfc() -> None:
    """Adds the operator Erfc to tf2onnx: TensorFlow 2.21 computes GELU with it, and tf2onnx 1.17 knows Erf only."""
    from tf2onnx import utils
    from tf2onnx.handler import tf_op

    @tf_op("Erfc")
    class Erfc:
        """1 - erf(x); only used for GELU, where the lost digits of large x weigh nothing."""

        @classmethod
        def version_9(cls, ctx: Graph, node: Node, **kwargs: object) -> None:
            dtype, shape = ctx.get_dtype(node.output[0]), ctx.get_shape(node.output[0])
            erf = ctx.make_node("Erf", node.input, dtypes=[dtype], shapes=[shape])
            one = ctx.make_const(utils.make_name("one"), np.array(1, utils.map_onnx_to_numpy_type(dtype)))
            ctx.remove_node(node.name)
            inputs, more = [one.output[0], erf.output[0]], {"dtypes": [dtype], "shapes": [shape]}
            ctx.make_node("Sub", inputs, name=node.name, outputs=node.output, **more)


def _without_unread_inputs(content: bytes) -> bytes:
    """Takes away inputs that no operation reads: tf2onnx leaves one for each constant that it folded away."""
    import onnx

    model = onnx.load_from_string(content)
    read = {name for node in model.graph.node for name in node.input}
    kept = [each for each in model.graph.input if each.name in read]
    del model.graph.input[:]
    model.graph.input.extend(kept)
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "batch"
    return model.SerializeToString()


def with_metadata(content: bytes, values: Mapping[str, str]) -> bytes:
    """Returns a model with texts in its `metadata_props`.

    They are appended: protocol buffers that follow each other are read as one, and the model's bytes stay.
    """
    import onnx

    added = onnx.ModelProto()
    for key, value in values.items():
        added.metadata_props.add(key=key, value=value)
    return content + added.SerializeToString()


@contextmanager
def _logged_errors_only() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in ("tf2onnx", "tf2onnx.tfonnx", "tf2onnx.optimizer")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
