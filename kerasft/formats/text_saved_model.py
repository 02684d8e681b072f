"""The SavedModel of a text classifier: a folder for TensorFlow Serving and Python, from raw strings to probabilities.

Endpoints, each for any number of texts, answer {"probabilities": float32 (batch, classes)}:

- `serve`: `texts`, tf.string (batch,), and for models of pairs also `pairs`, the second halves. The tokenizer is in
  the graph.
- `serve_tokens`: the token arrays int32 (batch, sequence_length), by name, for clients with a tokenizer of their own;
  `tokenizer/` has its files.

The tokenizer's operators are those of TensorFlow Text: a Python server needs `import tensorflow_text`, of TensorFlow's
own version, before it loads the folder, whichever endpoint it wants. It needs neither KerasHub nor kerasft.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from kerasft.base.plain_paths import plain_path
from kerasft.base.quiet import quiet
from kerasft.formats.description import Description, write_beside_saved_model
from kerasft.formats.saved_model import SERVE, require_float32, to_probabilities
from kerasft.inputs.texts.backbones.tokenizers import save_tokenizer
from kerasft.inputs.texts.encoding import TextEncoder

SERVE_TOKENS = "serve_tokens"
TOKENIZER_FOLDER = "tokenizer"


def write_text_saved_model(
    model: keras.Model, encoder: TextEncoder, description: Description, folder: Path
) -> None:
    """Writes the SavedModel that ships, with labels, tokenizer and description inside.

    Args:
        model: Float32, a dict of int32 (batch, sequence_length), as `encoder` gives it, to logits (batch, classes).
        encoder: Of the model's training; with `pairs`, `serve` takes pairs.
        description: What the file says about itself.
        folder: A new folder.
    """
    require_float32(model)

    def answer(tokens: dict[str, Any]) -> dict[str, Any]:
        return {"probabilities": to_probabilities(model(tokens, training=False), description.temperature)}

    def serve(texts, pairs=None):
        return answer(encoder.graph(texts, pairs))

    def serve_tokens(**tokens):
        return answer(tokens)

    columns = ["texts", "pairs"] if encoder.pairs else ["texts"]
    shape = (None, encoder.sequence_length)
    texts = tf.function(serve, autograph=False)
    texts.get_concrete_function(*(tf.TensorSpec((None,), tf.string, name=name) for name in columns))
    tokens = tf.function(serve_tokens, autograph=False)
    tokens.get_concrete_function(
        **{name: tf.TensorSpec(shape, tf.int32, name=name) for name in encoder.input_names}
    )
    archive = keras.export.ExportArchive()
    archive.track(model)
    encoder.tokenizer(["a"])  # Keras tracks no layer that was never called
    archive.track(encoder.tokenizer)  # for its lookup tables
    archive.add_endpoint(SERVE, texts)
    archive.add_endpoint(SERVE_TOKENS, tokens)
    try:
        with quiet(), plain_path(folder) as plain:
            archive.write_out(str(plain), verbose=False)
    except tf.errors.OpError as error:  # TensorFlow's own name for a full disk, among others
        raise OSError(f"TensorFlow can't write the SavedModel: {error.message}") from error
    save_tokenizer(encoder.tokenizer, folder / TOKENIZER_FOLDER)
    write_beside_saved_model(folder, description)
