"""Text classifiers as `.tflite` files: int32 token ids in, probabilities out, tokenizer and labels inside.

| rung | weights | computes in |
| --- | --- | --- |
| float32 | float32 | float32 |
| float16 | float16 | float32 |
| dynamic | int8 | int8 and float32 |

The inputs are int32 (1, sequence_length): ids, mask and segment_ids, of which models without WordPiece tokens have
only those that they read. With WordPiece tokens all three are there, read or not, since MediaPipe Tasks counts them.
For a tokenizer that MediaPipe knows, the metadata says how to use the vocabulary, and its TextClassifier takes raw
sentences; for the others, `kerasft.json` in the ZIP is the contract (see `kerasft.inputs.texts.kind`).
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import keras
import tensorflow as tf

from kerasft.base.errors import InputError, KerasftError, Problem, did_you_mean
from kerasft.base.quiet import quiet
from kerasft.formats import tflite
from kerasft.formats.attaching import with_files, with_metadata
from kerasft.formats.description import LABELS_NAME, Description
from kerasft.formats.ladder import TEXT_RUNGS
from kerasft.formats.saved_model import SERVE, require_float32, to_probabilities
from kerasft.formats.tflite_metadata import About, text_metadata
from kerasft.inputs.texts.encoding import TextEncoder
from kerasft.inputs.texts.serving import TFLITE_NAMES, has_word_pieces, mediapipe_reads


def write_text_tflite(
    model: keras.Model,
    encoder: TextEncoder,
    description: Description,
    path: Path,
    *,
    about: About | None = None,
) -> None:
    """Converts a model and writes the file, with metadata, labels, tokenizer and description inside.

    Args:
        model: Float32, a dict of int32 (batch, sequence_length), as `encoder` gives it, to logits (batch, classes).
        encoder: Of the model's training.
        description: What the file says about itself; its rung is one of `TEXT_RUNGS`.
        path: Where to write.
        about: For people; default: backbone and classes.

    Raises:
        InputError: The rung is none of text.
        KerasftError: The model needs operators beyond the builtin ones; the text names them.
    """
    if description.rung not in TEXT_RUNGS:
        hint = did_you_mean(description.rung, TEXT_RUNGS, f"use one of {', '.join(TEXT_RUNGS)}")
        raise InputError(Problem("there is no such TFLite file of a text model", description.rung, hint))
    names = _input_names(encoder)
    content = _convert(model, encoder, description, names)
    kept = encoder.files()
    metadata = text_metadata(
        about or _about(description),
        _in_the_models_order(content, names),
        LABELS_NAME,
        vocabulary_file=next(iter(kept)) if mediapipe_reads(encoder, bool(encoder.pairs)) else None,
        score_threshold=description.score_threshold,
    )
    content = with_metadata(content, metadata)
    path.write_bytes(with_files(content, description.beside(content, kept)))


def _input_names(encoder: TextEncoder) -> list[str]:
    everything = has_word_pieces(encoder.tokenizer)
    return [tflite for name, tflite in TFLITE_NAMES.items() if everything or name in encoder.input_names]


def _convert(model: keras.Model, encoder: TextEncoder, description: Description, names: list[str]) -> bytes:
    # through a SavedModel, as for pictures: shared/TRAPS.md, 13
    with tempfile.TemporaryDirectory(prefix="kerasft-") as folder, quiet():
        _write_for_conversion(model, encoder, names, Path(folder) / "model", description.temperature)
        converter = tf.lite.TFLiteConverter.from_saved_model(
            str(Path(folder) / "model"), signature_keys=[SERVE]
        )
        tflite.set_rung(converter, description.rung, None)
        try:
            content = converter.convert()
        except Exception as error:  # the converter has no public error type
            raise KerasftError(tflite.why_not(error, description)) from error
    tflite.require_builtin_operators(content, description)
    return content


def _write_for_conversion(
    model: keras.Model, encoder: TextEncoder, names: list[str], folder: Path, temperature: float
) -> None:
    require_float32(model)

    def serve(**tokens):
        taken = {name: tokens[TFLITE_NAMES[name]] for name in encoder.input_names}
        return {"probabilities": to_probabilities(model(taken, training=False), temperature)}

    function = tf.function(serve, autograph=False)
    function.get_concrete_function(
        **{name: tf.TensorSpec((1, encoder.sequence_length), tf.int32, name=name) for name in names}
    )
    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint(SERVE, function)
    try:
        archive.write_out(str(folder), verbose=False)
    except tf.errors.OpError as error:  # TensorFlow's own name for a full disk, among others
        raise OSError(f"TensorFlow can't write the model: {error.message}") from error


def _in_the_models_order(content: bytes, names: list[str]) -> list[str]:
    """Returns the names of the inputs in the order that the converter chose: metadata goes by position."""
    from ai_edge_litert import schema_py_generated as schema

    model = schema.Model.GetRootAs(content, 0)
    signature = model.SignatureDefs(0)
    inputs = [signature.Inputs(index) for index in range(signature.InputsLength())]
    by_tensor = {each.TensorIndex(): each.Name().decode() for each in inputs}
    graph = model.Subgraphs(signature.SubgraphIndex())
    found = [by_tensor.get(graph.Inputs(index), "") for index in range(graph.InputsLength())]
    if sorted(found) != sorted(names):
        raise KerasftError(
            f"the converter changed the inputs (received: {', '.join(found)}); needed: {', '.join(names)}"
        )
    return found


def _about(description: Description) -> About:
    names = description.class_names
    classes = ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
    what = "pairs of texts" if description.inputs["pairs"] else "texts"
    length = description.inputs["sequence_length"]
    return About(
        name=f"{description.backbone} text classifier",
        description=f"Sorts {what} of up to {length} tokens into {len(names)} classes: {classes}.",
    )
