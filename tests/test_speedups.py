"""What is quicker than Keras computes the same, and leaves it to Keras where it is switched off."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasft.base import kernels
from kerasft.contract.plan import Phase
from kerasft.training.optimizers import learning_rate, make_optimizer
from kerasft.training.speedups import depthwise
from kerasft.training.speedups.cosine import WarmUpAndDecay
from tests.seeds import draw_from


def one_layer(size=(9, 9), **options):
    """A model that is one depthwise layer with a kernel 5 pixels wide, unless `options` say otherwise."""
    draw_from(0)
    arguments = {"kernel_size": 5, "padding": "same", "bias_initializer": "random_normal", **options}
    layer = keras.layers.DepthwiseConv2D(name="conv", **arguments)
    return keras.Sequential([keras.Input((*size, 6)), layer])


def outputs_and_gradients(model, inputs):
    """Returns the outputs, and the gradients of a weighted sum of them: of the inputs, of the weights."""
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = model(inputs, training=True)
        weights = np.random.default_rng(1).normal(size=outputs.shape).astype("float32")
        loss = tf.reduce_sum(outputs * weights)
    found = tape.gradient(loss, [inputs, *(variable.value for variable in model.trainable_variables)])
    return outputs.numpy(), [each.numpy() for each in found]


@pytest.mark.parametrize(
    ("size", "options"),
    [
        ((9, 9), {}),
        ((9, 9), {"padding": "valid"}),
        ((9, 9), {"strides": 2}),
        ((8, 8), {"strides": 2}),  # more padding below and on the right than above and on the left
        ((7, 10), {"strides": 2, "padding": "valid"}),
        ((6, 11), {"kernel_size": (5, 7), "depth_multiplier": 2}),
        ((8, 8), {"activation": "relu6"}),
        ((8, 8), {"use_bias": False}),
    ],
    ids=str,
)
def test_outputs_are_the_same_bits_and_gradients_the_same_sums(size, options):
    model = one_layer(size, **options)
    inputs = tf.constant(np.random.default_rng(0).normal(size=(4, *size, 6)), tf.float32)
    plain, expected = outputs_and_gradients(model, inputs)
    with depthwise.quick_gradients(model) as names:
        assert names == ("conv",)
        outputs, gradients = outputs_and_gradients(model, inputs)
    np.testing.assert_array_equal(outputs, plain)
    np.testing.assert_array_equal(gradients[0], expected[0])  # of the inputs: oneDNN's, as before
    for found, wanted in zip(gradients, expected, strict=True):
        np.testing.assert_allclose(found, wanted, atol=1e-6 * np.abs(wanted).max())


def test_a_train_step_leaves_the_gradient_to_tensorflows_own_kernel():
    model = one_layer()
    inputs, targets = tf.zeros((2, 9, 9, 6)), tf.zeros((2, 9, 9, 6))

    def paddings():
        model.compile("sgd", "mse", jit_compile=False)
        model.optimizer.build(model.trainable_variables)
        traced = tf.function(model.train_step).get_concrete_function((inputs, targets)).graph
        filters = [op for op in traced.get_operations() if op.type == "DepthwiseConv2dNativeBackpropFilter"]
        return [op.get_attr("padding") for op in filters]

    assert paddings() == [b"SAME"]  # what oneDNN takes over
    with depthwise.quick_gradients(model):
        assert paddings() == [b"EXPLICIT"]
    assert paddings() == [b"SAME"]


@pytest.mark.parametrize(
    "options",
    [
        {"kernel_size": 3},
        {"kernel_size": (3, 7)},
        {"dilation_rate": 2},
        {"trainable": False},
        {"dtype": "mixed_bfloat16"},
    ],
    ids=str,
)
def test_layers_that_would_not_gain_stay_as_they_are(options):
    model = one_layer(**options)
    with depthwise.quick_gradients(model) as names:
        assert names == ()
        assert "call" not in vars(model.get_layer("conv"))


def test_a_model_is_as_it_was_afterwards_whatever_happens(tmp_path):
    model = one_layer()
    with pytest.raises(RuntimeError, match="stop"), depthwise.quick_gradients(model):
        assert "call" in vars(model.get_layer("conv"))
        raise RuntimeError("stop")
    assert "call" not in vars(model.get_layer("conv"))
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again(np.ones((1, 9, 9, 6))), model(np.ones((1, 9, 9, 6))))


@pytest.mark.parametrize(("warmup", "decay"), [(0.1, True), (0.0, True), (0.25, False)])
def test_the_rates_are_those_of_keras_cosine_decay(warmup, decay, monkeypatch):
    phase = Phase("tune", 0.3, 4, 3e-4, warmup=warmup, decay=decay)
    ours = learning_rate(phase, steps_per_epoch=10)
    monkeypatch.setenv("KERASFT_SPEEDUPS", "off")
    keras_own = learning_rate(phase, steps_per_epoch=10)
    assert isinstance(ours, WarmUpAndDecay) and type(keras_own) is keras.optimizers.schedules.CosineDecay
    rates = [[float(schedule(step)) for step in range(50)] for schedule in (ours, keras_own)]
    np.testing.assert_allclose(*rates, rtol=1e-6, atol=1e-11)


def test_a_schedule_comes_back_from_its_config_and_has_no_branches():
    schedule = learning_rate(Phase("tune", 0.3, 4, 3e-4, warmup=0.1, decay=True), 10)
    config = keras.saving.serialize_keras_object(schedule)
    again = keras.saving.deserialize_keras_object(config)
    assert float(again(7)) == float(schedule(7)) > 0
    graph = tf.function(schedule).get_concrete_function(tf.TensorSpec((), tf.int64)).graph
    assert not {"If", "StatelessIf"} & {operation.type for operation in graph.get_operations()}


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
        draw_from(0)
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
    optimizer = make_optimizer("adamw", Phase("head", 0, 1, 0.1), 1, weight_decay=0.5)
    variables = [keras.Variable(np.ones((3, 2), "float32"), name="kernel") for _ in range(2)]
    optimizer.build(variables)
    step = tf.function(lambda: optimizer.apply([keras.ops.ones((3, 2))] * 2, variables))
    kinds = [operation.type for operation in step.get_concrete_function().graph.get_operations()]
    assert kinds.count("ResourceApplyAdam") == 2 and "Sqrt" not in kinds


def test_without_them_everything_is_keras_own(monkeypatch):
    monkeypatch.setenv("KERASFT_SPEEDUPS", "off")
    for name, kind in (("adam", keras.optimizers.Adam), ("adamw", keras.optimizers.AdamW)):
        assert type(make_optimizer(name, Phase("head", 0, 1, 0.1), 1, 0.05)) is kind
    with depthwise.quick_gradients(one_layer()) as names:
        assert names == ()
    assert kernels.in_force()["KERASFT_SPEEDUPS"] == "off"  # a run isn't resumed with the other choice
