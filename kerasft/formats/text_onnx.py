"""Text classifiers as ONNX, by Keras' own export: int32 token ids in, probabilities out, tokenizer and labels inside.

The inputs have the names of Keras' tokenizers (`token_ids`, `padding_mask`, `segment_ids`, those that the model reads),
int32 (batch, sequence_length), any batch size. The file's `metadata_props` hold `labels.txt`, `kerasft.json` (the
contract, see `kerasft.formats.text_description`) and the tokenizer's files by their names: texts as they are, others as
base64 with ".base64" behind the name.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import keras
import tensorflow as tf

from kerasft.formats.description import DESCRIPTION_NAME, LABELS_NAME
from kerasft.formats.onnx import converted, require_onnx, with_metadata
from kerasft.formats.saved_model import require_float32
from kerasft.formats.text_description import TextDescription, model_key
from kerasft.inputs.texts.encoding import TextEncoder
from kerasft.inputs.texts.serving import tokenizer_files
from kerasft.predicting.text_onnx_predictors import BASE64


def write_text_onnx(
    model: keras.Model, encoder: TextEncoder, description: TextDescription, path: Path
) -> None:
    """Writes a text classifier as ONNX, with labels, tokenizer and description inside.

    Args:
        model: Float32, a dict of int32 (batch, sequence_length), as `encoder` gives it, to logits (batch, classes).
        encoder: Of the model's training.
        description: From `describe_text`.
        path: Where to write.

    Raises:
        UnavailableError: A package of the extra `onnx` is missing.
        KerasftError: The model has operators that can't be converted.
    """
    require_onnx()
    require_float32(model)
    length, names = encoder.sequence_length, encoder.input_names
    inputs = {name: keras.Input((length,), dtype="int32", name=name) for name in names}
    scaled = keras.layers.Rescaling(1 / description.temperature, name="temperature")(model(inputs))
    whole = keras.Model(inputs, {"probabilities": keras.layers.Softmax()(scaled)})
    signature = {name: tf.TensorSpec((None, length), tf.int32, name=name) for name in names}
    content = converted(whole, signature, path)
    kept = tokenizer_files(encoder.tokenizer)
    hashes = model_key(content) | {name: hashlib.sha256(data).hexdigest() for name, data in kept.items()}
    values = {LABELS_NAME: description.labels().decode(), **dict(map(_as_text, kept, kept.values()))}
    values[DESCRIPTION_NAME] = description.as_json(hashes, model_bytes=len(content)).decode()
    path.write_bytes(with_metadata(content, values))


def _as_text(name: str, content: bytes) -> tuple[str, str]:
    try:
        return name, content.decode()
    except UnicodeDecodeError:
        return name + BASE64, base64.b64encode(content).decode()
