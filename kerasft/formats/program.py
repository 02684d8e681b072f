"""What every exported file computes: from what its encoder gives to finished answers, in float32."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import keras

from kerasft.base.errors import KerasftError
from kerasft.base.plain_paths import plain_path
from kerasft.base.quiet import quiet
from kerasft.contract.encoder import Encoder
from kerasft.contract.registry import task_of
from kerasft.contract.task import Task
from kerasft.formats.description import Description

if TYPE_CHECKING:
    import tensorflow as tf

Answer = Callable[[Mapping[str, "tf.Tensor"]], dict[str, "tf.Tensor"]]


@dataclass(frozen=True, eq=False)
class Program:
    """A model with all that its files need.

    Args:
        model: Float32, from what `encoder` gives to the outputs that `description` knows how to finish.
        encoder: Of the model.
        description: What the file says about itself.

    Raises:
        KerasftError: The model computes in anything but float32.
    """

    model: keras.Model
    encoder: Encoder
    description: Description

    def __post_init__(self) -> None:
        require_float32(self.model)

    @property
    def task(self) -> Task:
        """The task of the model."""
        return task_of(self.description.task)

    def answer(self, encoded: Mapping[str, keras.KerasTensor]) -> dict[str, keras.KerasTensor]:
        """Returns the answers, tensors (batch, ...) by name, to what the model reads, tensors (batch, ...) by name."""
        given = encoded if isinstance(self.model.input, dict) else next(iter(encoded.values()))
        outputs, described = self.model(given, training=False), self.description
        return self.task.targets.serve(outputs, described.schema, described.answers)


def traced(program: Program, batch: int | None) -> Answer:
    """Returns the answers as a graph that every endpoint calls, so that the model is traced, written and loaded once.

    TensorFlow traces an endpoint for each of its signatures, and all of them again when it saves them.

    Args:
        program: What it computes.
        batch: How many examples it takes; None: any number.
    """
    import tensorflow as tf

    specs = {
        name: tf.TensorSpec((batch, *spec.shape), spec.dtype, name=name)
        for name, spec in program.encoder.specs.items()
    }
    return tf.function(program.answer, input_signature=[specs], autograph=False).get_concrete_function()


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


def write_archive(archive: keras.export.ExportArchive, folder: Path) -> None:
    """Writes a `keras.export.ExportArchive`; raises OSError where TensorFlow can't."""
    import tensorflow as tf

    try:
        with quiet(), plain_path(folder) as plain:
            archive.write_out(str(plain), verbose=False)
    except tf.errors.OpError as error:  # TensorFlow's own name for a full disk, among others
        raise OSError(f"TensorFlow can't write the SavedModel: {error.message}") from error
