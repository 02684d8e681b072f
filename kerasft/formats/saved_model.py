"""The SavedModel: a folder for TensorFlow Serving and Python, with finished answers.

Its endpoints are those of its kind of input (`kerasft.contract.serving.Serving.endpoints`), for any number of examples.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

import keras
import tensorflow as tf

from kerasft.contract.serving import Endpoint
from kerasft.formats.description import write_beside_saved_model
from kerasft.formats.program import Answer, Program, traced, write_archive


def write_saved_model(program: Program, folder: Path) -> None:
    """Writes the SavedModel that ships, with its description and what that names inside.

    Args:
        program: What it computes.
        folder: A new folder.
    """
    archive, model = keras.export.ExportArchive(), traced(program, None)
    archive.track(program.model)
    for endpoint in program.task.inputs.serving.endpoints(program.encoder):
        for layer in endpoint.tracked:
            archive.track(layer)
        archive.add_endpoint(endpoint.name, _traced(model, endpoint))
    write_archive(archive, folder)
    program.task.inputs.serving.write_assets(program.encoder, folder)
    write_beside_saved_model(folder, program.description)


def _traced(model: Answer, endpoint: Endpoint) -> Callable[..., dict[str, tf.Tensor]]:
    """Returns a function with a trace for each signature: Python may call any, and servers take the first."""

    @functools.wraps(endpoint.encode)
    def answer(*given: tf.Tensor, **named: tf.Tensor) -> dict[str, tf.Tensor]:
        return model(endpoint.encode(*given, **named))

    function = tf.function(answer, autograph=False)
    for signature in endpoint.signatures:
        function.get_concrete_function(
            **{
                name: tf.TensorSpec((None, *spec.shape), spec.dtype, name=name)
                for name, spec in signature.items()
            }
        )
    return function
