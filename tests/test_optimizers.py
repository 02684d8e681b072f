import keras
import numpy as np
import pytest

from kerasft.contract.plan import OPTIMIZERS, Phase
from kerasft.training.optimizers import current_learning_rate, learning_rate, make_optimizer


def test_the_rate_warms_up_and_decays_to_zero():
    schedule = learning_rate(Phase("tune", 0.3, 10, 1e-3, warmup=0.1, decay=True), steps_per_epoch=10)
    rates = [float(schedule(step)) for step in range(101)]
    assert rates[0] == 0.0
    assert rates[10] == pytest.approx(1e-3)
    assert rates[5] == pytest.approx(5e-4)
    assert rates[55] == pytest.approx(5e-4)  # the middle of the cosine
    assert rates[100] == pytest.approx(0.0, abs=1e-9)
    assert np.argmax(rates) == 10


def test_the_rate_is_constant_without_warmup_and_decay():
    assert learning_rate(Phase("head", 0, 10, 1e-3), 10) == 1e-3


def test_a_warmup_without_decay_stays_at_the_top():
    schedule = learning_rate(Phase("head", 0, 10, 1e-3, warmup=0.1), 10)
    assert float(schedule(5)) == pytest.approx(5e-4)
    assert float(schedule(80)) == pytest.approx(1e-3)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_kernels_decay_and_biases_do_not(name):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.set_weights([np.ones((3, 2)), np.ones(2)])
    optimizer = make_optimizer(name, Phase("head", 0, 1, 0.1), 1, weight_decay=0.5)
    optimizer.build(model.trainable_variables)
    optimizer.apply([keras.ops.zeros((3, 2)), keras.ops.zeros(2)])
    kernel, bias = model.get_weights()
    assert np.all(bias == 1.0)
    expected = 1.0 if name in ("adam", "rmsprop") else 1.0 - 0.1 * 0.5
    np.testing.assert_allclose(kernel, expected, rtol=1e-6)


def test_an_optimizer_comes_back_from_its_config():
    optimizer = make_optimizer("adamw", Phase("head", 0, 1, 0.1), 1, weight_decay=0.5)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(optimizer))
    assert type(again) is type(optimizer) and again.get_config() == optimizer.get_config()


def test_layer_decay_lowers_the_rate_block_by_block():
    model = keras.Sequential([keras.Input((2,)), *(keras.layers.Dense(2, use_bias=False) for _ in range(3))])
    model.set_weights([np.ones((2, 2))] * 3)
    low, middle, head = model.trainable_variables
    optimizer = make_optimizer(
        "sgd", Phase("tune", 2, 1, 0.1, layer_decay=0.5), 1, 0.0, {id(low): 2, id(middle): 1}
    )
    optimizer.build(model.trainable_variables)
    optimizer.apply([keras.ops.ones((2, 2))] * 3)
    # the first step of Nesterov momentum 0.9 is 1.9 times the rate
    for variable, rate in ((head, 0.1), (middle, 0.05), (low, 0.025)):
        np.testing.assert_allclose(np.asarray(variable.value), 1 - 1.9 * rate, rtol=1e-6)
    assert current_learning_rate(optimizer) == pytest.approx(0.1)
