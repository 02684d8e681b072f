"""Values of variables stay as they were taken, whatever becomes of the variables."""

import keras
import numpy as np
import pytest

from kerasft.networks.values import value_of
from kerasft.training.speedups.adam import AdamW


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16", "int64", "uint32"])
def test_a_value_stays_as_it_was_when_the_variable_changes(dtype):
    for shape in ((3, 4), ()):
        variable = keras.Variable(np.ones(shape), dtype=dtype)
        before = value_of(variable)
        variable.assign(keras.ops.zeros(shape, dtype))
        assert before.shape == shape and str(before.dtype) == dtype
        assert np.all(before == 1) and np.all(value_of(variable) == 0)


def test_a_value_stays_as_it_was_when_an_optimizer_changes_the_variable_in_place():
    import tensorflow as tf

    weight = keras.Variable(np.ones((64, 64), "float32"), name="kernel")
    optimizer = AdamW(0.1)
    optimizer.build([weight])
    step = tf.function(lambda: optimizer.apply([tf.ones((64, 64))], [weight]))
    for count in range(1, 4):
        before = value_of(weight)
        assert np.shares_memory(before, value_of(weight))  # no copies
        kept = before.copy()
        step()
        np.testing.assert_array_equal(before, kept)
        np.testing.assert_allclose(value_of(weight), 1 - 0.1 * count, atol=2e-2)
