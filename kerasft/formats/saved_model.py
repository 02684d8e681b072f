"""The SavedModel: a folder for TensorFlow Serving and Python, with probabilities as the answer.

Endpoints:

- `serve`: raw RGB pictures (batch, size, size, 3), 0..255, float32 (in Python uint8 too), any batch size.
- `serve_bytes`: encoded JPEG or PNG pictures (batch,), decoded and resized as `kerasft predict` does it.

Both answer {"probabilities": float32 (batch, classes)}.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from kerasft.base.errors import KerasftError
from kerasft.base.plain_paths import plain_path
from kerasft.base.quiet import quiet
from kerasft.formats.description import Description, write_beside_saved_model
from kerasft.inputs.images import graph

SERVE, SERVE_BYTES = "serve", "serve_bytes"


def write_saved_model(model: keras.Model, description: Description, folder: Path) -> None:
    """Writes the SavedModel that ships, with `labels.txt` and its description inside.

    Args:
        model: Float32, raw RGB 0..255 to logits.
        description: What goes into `kerasft.json`.
        folder: A new folder.
    """
    require_float32(model)
    reading = description.inputs
    size = reading["image_size"]

    def serve(images):
        logits = model(tf.cast(images, tf.float32), training=False)
        return {"probabilities": to_probabilities(logits, description.temperature)}

    def serve_bytes(encoded):
        picture = tf.TensorSpec((size, size, 3), tf.uint8)
        images = tf.map_fn(
            lambda each: graph.resize_tensor(
                graph.decode_tensor(each, reading["bit_depth"]), size, reading["resize"]
            ),
            encoded,
            fn_output_signature=picture,
        )
        return serve(images)

    # Two traces behind one name: Python may pass uint8, and the signature for servers is the first one.
    pictures = tf.function(serve, autograph=False)
    for dtype in (tf.float32, tf.uint8):
        pictures.get_concrete_function(tf.TensorSpec((None, size, size, 3), dtype, name="images"))
    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint(SERVE, pictures)
    encoded = tf.TensorSpec((None,), tf.string, name="encoded")
    archive.add_endpoint(SERVE_BYTES, serve_bytes, input_signature=[encoded])
    _write(archive, folder)
    write_beside_saved_model(folder, description)


def write_for_conversion(model: keras.Model, image_size: int, folder: Path, temperature: float = 1.0) -> None:
    """Writes the SavedModel that the TFLite converter reads: one picture in, its probabilities out.

    The batch is fixed at 1, which is what MediaPipe and the Android and iOS task libraries take.
    """
    require_float32(model)

    def serve(image):
        return {"probabilities": to_probabilities(model(image, training=False), temperature)}

    archive = keras.export.ExportArchive()
    archive.track(model)
    image = tf.TensorSpec((1, image_size, image_size, 3), tf.float32, name="image")
    archive.add_endpoint(SERVE, serve, input_signature=[image])
    _write(archive, folder)


def to_probabilities(logits: Any, temperature: float) -> Any:
    """Returns the softmax of logits (batch, classes) divided by the temperature.

    It is a product with a constant, which the TFLite converter multiplies into the last layer's weights.
    """
    return tf.nn.softmax(logits if temperature == 1 else logits * (1 / temperature))


def require_float32(model: keras.Model) -> None:
    """Refuses a model that computes in anything but float32: its export would need other operators.

    Raises:
        KerasftError: It names the first layers that do.
    """
    mixed = [
        f"{layer.name} ({layer.dtype_policy.name})"
        for layer in model._flatten_layers(include_self=False)
        if layer.compute_dtype not in ("float32", "int32", "int64", "uint8", "bool", "string")
    ]
    if mixed:
        raise KerasftError(
            f"only float32 models are exported (received: {', '.join(mixed[:3])}); "
            "rebuild it with precision float32"
        )


def _write(archive: Any, folder: Path) -> None:
    try:
        with quiet(), plain_path(folder) as plain:
            archive.write_out(str(plain), verbose=False)
    except tf.errors.OpError as error:  # TensorFlow's own name for a full disk, among others
        raise OSError(f"TensorFlow can't write the SavedModel: {error.message}") from error
