"""Adam and AdamW whose update is one operation for each variable on TensorFlow, as it was in Keras 2."""

from __future__ import annotations

import keras


class _OneOperation:
    """The update of an Adam in one operation instead of a dozen, which go over memory a dozen times.

    The formula is the same. JAX fuses them by itself.
    """

    def update_step(
        self: keras.optimizers.Adam,
        gradient: keras.KerasTensor,
        variable: keras.Variable,
        learning_rate: keras.KerasTensor,
    ) -> None:
        """Changes a variable and its two momenta; see `keras.optimizers.Adam`."""
        if _is_whole(gradient) and not self.amsgrad:
            self._apply(gradient, variable, learning_rate)
        else:
            super().update_step(gradient, variable, learning_rate)  # type: ignore[misc]

    def _apply(
        self: keras.optimizers.Adam,
        gradient: keras.KerasTensor,
        variable: keras.Variable,
        learning_rate: keras.KerasTensor,
    ) -> None:
        import tensorflow as tf

        index, step = self._get_variable_index(variable), self.iterations.value + 1
        numbers = {
            "beta1_power": self.beta_1 ** tf.cast(step, "float32"),
            "beta2_power": self.beta_2 ** tf.cast(step, "float32"),
            "lr": learning_rate,
            "beta1": self.beta_1,
            "beta2": self.beta_2,
            "epsilon": self.epsilon,
        }
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[index].value.handle,
            v=self._velocities[index].value.handle,
            grad=tf.cast(gradient, variable.dtype),
            **{name: tf.cast(number, variable.dtype) for name, number in numbers.items()},
        )


def _is_whole(gradient: keras.KerasTensor) -> bool:
    """Whether it is TensorFlow's gradient of a whole variable, not of the rows of an embedding that were looked up."""
    if keras.backend.backend() != "tensorflow":
        return False
    import tensorflow as tf

    return isinstance(gradient, tf.Tensor)


@keras.saving.register_keras_serializable("kerasft")
class Adam(_OneOperation, keras.optimizers.Adam):
    """Keras' Adam with a faster update on TensorFlow."""


@keras.saving.register_keras_serializable("kerasft")
class AdamW(_OneOperation, keras.optimizers.AdamW):
    """Keras' AdamW with a faster update on TensorFlow."""
