"""A model as a function of its inputs, without training anything: in the way that suits the backend."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import keras

if TYPE_CHECKING:
    import numpy as np

# A tensor or array (batch, ...), or such by name
Tree: TypeAlias = "keras.KerasTensor | np.ndarray | dict[str, keras.KerasTensor] | dict[str, np.ndarray]"


def as_function(model: keras.Model, few: bool = False) -> Callable[[Tree], Tree]:
    """Returns a function from a batch of inputs to the model's outputs, with the weights of the time of each call.

    On JAX it returns before the device is done, so that the host can prepare the next batch meanwhile; Keras'
    `predict_on_batch` waits.

    Args:
        model: A functional model; its outputs keep their structure and are tensors or arrays.
        few: Whether it is for a few batches only. TensorFlow then calls the model as it is, which is cheaper than
            tracing a graph; JAX would compile every operation by itself, so there it is compiled whole.
    """
    if keras.backend.backend() != "jax" or keras.distribution.distribution() is not None:
        return partial(model, training=False) if few else model.predict_on_batch
    import jax

    @jax.jit
    def compute(trainable: list[keras.KerasTensor], others: list[keras.KerasTensor], inputs: Tree) -> Tree:
        return model.stateless_call(trainable, others, inputs, training=False)[0]

    def function(inputs: Tree) -> Tree:
        groups = (model.trainable_variables, model.non_trainable_variables)
        return compute(*([variable.value for variable in group] for group in groups), inputs)

    return function
