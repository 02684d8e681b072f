"""Exports are made on the TensorFlow backend; what another one trained is exported by a command of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kerasft.base.errors import InputError, Problem
from kerasft.base.shells import with_variable
from kerasft.exporting.naming import given_name
from kerasft.formats.ladder import choose_quantization, command

if TYPE_CHECKING:
    from kerasft.runs.run import Run


def export_later(run: Run, format: str = "tflite", quantize: str | None = None) -> str:
    """Returns the command that exports a run on TensorFlow; "" where this process can export it itself.

    Args:
        run: A finished `Run`.
        format: As for `export`.
        quantize: As for `export`.
    """
    import keras

    if keras.backend.backend() == "tensorflow":
        return ""
    return _command(run, choose_quantization(format, quantize))


def require_tensorflow(run: Run, quantization: str) -> None:
    """Refuses to export on another backend, which has no converter; the run is the same on all of them.

    Raises:
        InputError: With the command to type instead.
    """
    import keras

    backend = keras.backend.backend()
    if backend != "tensorflow":
        raise InputError(
            Problem("exports are made on the TensorFlow backend", backend, _command(run, quantization))
        )


def _command(run: Run, quantization: str) -> str:
    return with_variable("KERAS_BACKEND", "tensorflow", command(given_name(run), quantization))
