"""A run's Keras model as a runtime: the reference of every exported file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from kerasft.contract.encoder import Arrays, Encoder, Outputs, named, outputs_of, unnamed
from kerasft.contract.registry import task_of
from kerasft.contract.splits import Column

if TYPE_CHECKING:
    import keras

    from kerasft.runs.run import Run


class KerasRuntime:
    """Answers with the outputs of a Keras model, which is used for prediction only from now on.

    Args:
        model: One tensor or named tensors in, one tensor or named tensors out.
    """

    def __init__(self, model: keras.Model):
        import keras

        if keras.backend.backend() == "tensorflow":
            model.jit_compile = False  # compiling for the CPU takes longer than a test split's predictions
        self.model = model

    @property
    def inputs(self) -> dict[str, tuple[int | None, ...]]:
        """The shapes of the model's inputs by name, without the batch."""
        return {each.name: tuple(each.shape[1:]) for each in self.model.inputs}

    @property
    def outputs(self) -> dict[str, tuple[int | None, ...]]:
        """The shapes of its outputs by name, without the batch."""
        return {name: tuple(each.shape[1:]) for name, each in named(self.model.output).items()}

    def __call__(self, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Returns the outputs for one batch."""
        given = given_to(self.model, arrays)
        _trace_once(self.model, given)
        return named(self.model.predict_on_batch(given))


def _trace_once(model: keras.Model, given: Arrays) -> None:
    """Has TensorFlow trace the model for batches of any size: Keras would for the size of the first, and once more."""
    import keras

    known = model.predict_function is not None
    if known or model.run_eagerly or keras.backend.backend() != "tensorflow":
        return
    import tensorflow as tf

    specs = keras.tree.map_structure(
        lambda array: tf.TensorSpec((None, *array.shape[1:]), array.dtype), given
    )
    model.make_predict_function()
    model.predict_function.get_concrete_function([(specs,)])


def given_to(model: keras.Model, arrays: Mapping[str, np.ndarray]) -> Arrays:
    """Returns arrays by name as a Keras model takes them: a model of one input that has no name, the array itself."""
    return dict(arrays) if isinstance(model.input, dict) else next(iter(arrays.values()))


def encoder_of(run: Run, model: keras.Model) -> Encoder:
    """Returns the encoder of a run's model."""
    config = run.model_config
    return task_of(config.task).inputs.encoder_of_model(model, config, run.config["data"])


def outputs_of_run(run: Run, model: keras.Model, examples: Column) -> Outputs:
    """Returns the outputs (examples, ...) of a run's model for a column that isn't empty."""
    return unnamed(outputs_of(KerasRuntime(model), encoder_of(run, model), examples))
