"""What rounding explains, and what it does not: the limit of files that must answer as the Keras model does."""

import keras
import numpy as np
import pytest

from kerasft.base.statistics import softmax
from kerasft.networks.rounding import UNIT, output_limit, terms_of
from kerasft.targets.classes.agreement import SMALLEST, softmax_rounding, sum_limit
from kerasft.targets.classes.agreement import log_distance as distance
from tests.programs import class_rounding_limit as rounding_limit
from tests.seeds import draw_from

IMAGES = np.random.default_rng(0).integers(0, 256, (40, 8, 8, 3), dtype="uint8")


def small_model(scale=1.0):
    draw_from(0)
    image = keras.Input((8, 8, 3))
    x = keras.layers.Rescaling(1 / 255)(image)
    x = keras.layers.Conv2D(8, 3, activation="relu")(x)
    x = keras.layers.DepthwiseConv2D(3, activation="relu")(x)
    model = keras.Model(image, keras.layers.Dense(3, name="logits")(keras.layers.GlobalAveragePooling2D()(x)))
    kernel, _ = model.get_layer("logits").weights
    kernel.assign(kernel * scale)
    return model


def in_float64(model, images):
    """The same network as sums of NumPy in float64: what no rounding of float32 is in."""
    (conv, bias), (depth, bias_2), (kernel, bias_3) = (
        [weight.numpy().astype("float64") for weight in layer.weights]
        for layer in model.layers
        if layer.weights
    )
    windows = np.lib.stride_tricks.sliding_window_view
    x = windows(images / 255.0, (3, 3), axis=(1, 2))
    x = np.maximum(np.einsum("bijckl,klco->bijo", x, conv) + bias, 0)
    x = np.maximum(np.einsum("bijckl,klc->bijc", windows(x, (3, 3), axis=(1, 2)), depth[..., 0]) + bias_2, 0)
    return x.mean((1, 2)) @ kernel + bias_3


@pytest.mark.floats
def test_the_limit_holds_for_what_float32_does_and_is_near_it():
    model = small_model(30.0)
    exact = softmax(in_float64(model, IMAGES))
    found = softmax(model(IMAGES.astype("float32")).numpy())
    limit = rounding_limit(model, IMAGES)
    assert distance(found, exact) <= limit <= 100 * distance(found, exact)
    outputs = np.abs(model(IMAGES.astype("float32")).numpy() - in_float64(model, IMAGES)).max()
    assert outputs <= output_limit(model, IMAGES) <= 100 * outputs


def test_a_last_layer_that_magnifies_is_in_the_limit_and_the_temperature_too():
    plain, magnified = rounding_limit(small_model(), IMAGES), rounding_limit(small_model(100.0), IMAGES)
    assert 5 * plain < magnified < 110 * plain, "the softmax is in both"
    assert rounding_limit(small_model(100.0), IMAGES, 4.0) == pytest.approx(magnified / 4, rel=0.1)


def test_a_head_of_zeros_still_rounds_in_the_softmax():
    limit = rounding_limit(small_model(0.0), IMAGES)
    assert limit == 3 * softmax_rounding(np.full((1, 3), 1 / 3, "float32")) > 15 * UNIT


def test_the_model_keeps_its_weights():
    model = small_model()
    before = model.get_weights()
    first, again = rounding_limit(model, IMAGES), rounding_limit(model, IMAGES)
    assert first == again > 0
    for mine, theirs in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize(
    ("shape", "path", "terms"),
    [
        ((3, 3, 16, 32), "conv/kernel", 144),
        ((3, 3, 16, 1), "depthwise/kernel", 9),
        ((64, 10), "logits/kernel", 64),
        ((30522, 64), "token_embedding/embeddings", 1),
        ((12, 4, 16), "attention/query/kernel", 48),
        ((64,), "logits/bias", 1),
        ((), "scale", 1),
    ],
)
def test_how_many_products_are_summed(shape, path, terms):
    assert terms_of(shape, path) == terms


def test_distance_is_that_of_logarithms():
    first = np.array([[0.5, 0.5], [1.0, 0.0]], "float32")
    assert distance(first, first) == 0 == distance(first[:0], first[:0])
    assert distance(first, np.array([[0.55, 0.45], [1.0, 0.0]])) == pytest.approx(np.log(0.5 / 0.45))
    assert distance(first, np.array([[0.5, 0.5], [1.0, 1e-38]])) == 0
    assert distance(first, np.array([[0.5, 0.5], [1.0, 2 * SMALLEST]])) == pytest.approx(np.log(2))
    assert np.isnan(distance(first, np.array([[0.5, np.nan], [1.0, 0.0]])))


def test_sums_of_probabilities():
    answers = keras.ops.convert_to_numpy(
        keras.ops.softmax(np.random.default_rng(0).normal(0, 5, (500, 1000)).astype("float32"))
    )
    assert np.abs(answers.astype("float64").sum(1) - 1).max() <= sum_limit(1000) < 1e-5
