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


@pytest.mark.parametrize(("warmup", "decay"), [(0.1, True), (0.0, True), (0.25, False)])
def test_the_rates_are_those_of_keras_cosine_decay(warmup, decay):
    phase = Phase("tune", 0.3, 4, 3e-4, warmup=warmup, decay=decay)
    ours = learning_rate(phase, steps_per_epoch=10)
    first = round(40 * warmup)
    keras_own = keras.optimizers.schedules.CosineDecay(
        0.0 if first else 3e-4, 40 - first, alpha=0.0 if decay else 1.0,
        warmup_target=3e-4 if first else None, warmup_steps=first,
    )  # fmt: skip
    rates = [[float(schedule(step)) for step in range(50)] for schedule in (ours, keras_own)]
    np.testing.assert_allclose(*rates, rtol=1e-6, atol=1e-11)


def test_a_schedule_comes_back_from_its_config_and_has_no_branches():
    import tensorflow as tf

    schedule = learning_rate(Phase("tune", 0.3, 4, 3e-4, warmup=0.1, decay=True), 10)
    config = keras.saving.serialize_keras_object(schedule)
    again = keras.saving.deserialize_keras_object(config)
    assert float(again(7)) == float(schedule(7)) > 0
    graph = tf.function(schedule).get_concrete_function(tf.TensorSpec((), tf.int64)).graph
    assert not {"If", "StatelessIf"} & {operation.type for operation in graph.get_operations()}


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


@pytest.mark.parametrize("name", [pytest.param("adam", marks=pytest.mark.slow), "adamw"])
def test_adam_in_one_pass_is_keras_adam(name):
    """Over many steps, with a schedule, decay, and an embedding of which only some rows have a gradient."""
    phase = Phase("tune", 1.0, 20, 1e-2, warmup=0.1, decay=True)
    kind = {"adam": keras.optimizers.Adam, "adamw": keras.optimizers.AdamW}[name]
    trained = []
    for optimizer in (make_optimizer(name, phase, 1, 0.05), kind(learning_rate(phase, 1))):
        if name == "adamw":
            optimizer.weight_decay = 0.05
            optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
        keras.utils.set_random_seed(0)
        layers = [keras.layers.Embedding(50, 8), keras.layers.GlobalAveragePooling1D(), keras.layers.Dense(4)]
        model = keras.Sequential([keras.Input((6,), dtype="int32"), *layers])
        model.compile(optimizer, "mse", jit_compile=False)
        rng = np.random.default_rng(1)
        for _ in range(20):
            model.train_on_batch(rng.integers(0, 50, (8, 6)), rng.normal(size=(8, 4)).astype("float32"))
        trained.append([np.asarray(variable) for variable in [*model.weights, *optimizer.variables]])
    assert len(trained[0]) == 3 + 1 + 2 * 3  # weights, the number of steps, both momenta of each
    for mine, theirs in zip(*trained, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-7)


def test_adam_is_one_operation_per_variable():
    import tensorflow as tf

    optimizer = make_optimizer("adamw", Phase("head", 0, 1, 0.1), 1, weight_decay=0.5)
    variables = [keras.Variable(np.ones((3, 2), "float32"), name="kernel") for _ in range(2)]
    optimizer.build(variables)
    step = tf.function(lambda: optimizer.apply([keras.ops.ones((3, 2))] * 2, variables))
    kinds = [operation.type for operation in step.get_concrete_function().graph.get_operations()]
    assert kinds.count("ResourceApplyAdam") == 2 and "Sqrt" not in kinds


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
