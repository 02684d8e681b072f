"""Traps 2 and 6: which weights a phase trains, and that all others stay bit-equal."""

import keras
import numpy as np
import pytest
from keras import layers

from kerasft.base.errors import InputError, KerasftError
from kerasft.networks.named_weights import named_weights
from kerasft.training import freezing


class Inner(layers.Layer):
    """A layer that holds a BatchNormalization, as KerasHub's do."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.convolution = layers.Conv2D(4, 3, padding="same", name="inner_conv")
        self.normalization = layers.BatchNormalization(name="inner_bn")

    def call(self, x, training=None):
        return x + self.normalization(self.convolution(x), training=training)


@pytest.fixture
def model():
    image = keras.Input((8, 8, 3))
    x = layers.Conv2D(4, 3, name="conv1")(image)
    x = layers.BatchNormalization(name="bn1")(x)
    x = layers.Conv2D(4, 3, name="conv2")(x)
    x = layers.BatchNormalization(name="bn2")(x)
    x = Inner(name="inner")(x)
    x = layers.Conv2D(4, 3, name="conv3")(x)
    backbone = keras.Model(image, x, name="backbone")
    image = keras.Input((8, 8, 3), name="image")
    x = layers.GlobalAveragePooling2D()(backbone(image))
    logits = layers.Dense(3, name="logits")(layers.Dropout(0.5, name="dropout")(x))
    return keras.Model(image, logits)


@pytest.fixture(scope="module")
def batch():
    rng = np.random.default_rng(0)
    return rng.normal(3, 2, (16, 8, 8, 3)).astype("float32"), np.eye(3, dtype="float32")[
        rng.integers(0, 3, 16)
    ]


def train(model, batch):
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(0.1), loss, jit_compile=False)
    model.fit(*batch, batch_size=8, epochs=1, verbose=0)


def values(model):
    return {path: keras.ops.convert_to_numpy(weight).copy() for path, weight in named_weights(model).items()}


def names_of(model, weights):
    ids = {id(weight) for weight in weights}
    return {path for path, weight in named_weights(model).items() if id(weight) in ids}


def changed(before, model):
    return {path for path, value in values(model).items() if not np.array_equal(before[path], value)}


ALL = ("conv1", "bn1", "conv2", "bn2", "inner", "conv3")


@pytest.mark.parametrize(
    "unfreeze, expected",
    [
        (0, ()),
        (1, ("conv3",)),
        (0.3, ("conv3",)),
        ("0.5", ("inner", "conv3")),
        ("conv2", ("conv2", "inner", "conv3")),
        ("all", ("conv1", "conv2", "inner", "conv3")),
    ],
)
def test_set_trainable_names_what_trains(model, unfreeze, expected):
    assert freezing.set_trainable(model, unfreeze) == (*expected, "logits")


def test_every_batch_normalization_of_the_backbone_is_frozen_also_inside_layers(model):
    freezing.set_trainable(model, "all")
    backbone = model.get_layer("backbone")
    normalizations = [backbone.get_layer(name) for name in ("bn1", "bn2")] + [
        backbone.get_layer("inner").normalization
    ]
    assert not any(layer.trainable for layer in normalizations)
    assert backbone.get_layer("inner").convolution.trainable


def test_flags_of_an_earlier_phase_are_forgotten(model):
    """`model.trainable = True` alone does nothing when it is True already, on TensorFlow."""
    for unfreeze, count in [("all", 5), (0, 1), (1, 2), ("all", 5), (2, 3), (0, 1)]:
        assert len(freezing.set_trainable(model, unfreeze)) == count


def test_flags_set_by_hand_are_forgotten(model):
    model.trainable = False
    assert freezing.set_trainable(model, 1) == ("conv3", "logits")
    model.trainable = True
    model.get_layer("backbone").get_layer("conv3").trainable = False
    model.get_layer("logits").trainable = False
    assert freezing.set_trainable(model, 1) == ("conv3", "logits")


def test_two_phases_change_what_they_name_and_nothing_else(model, batch):
    for unfreeze in (0, 2):
        names = freezing.set_trainable(model, unfreeze)
        digest = freezing.frozen_digest(model)
        before = values(model)
        train(model, batch)
        freezing.assert_unchanged(model, digest)
        moved = changed(before, model)
        assert moved == names_of(model, model.trainable_weights)
        assert {path.removeprefix("backbone/").split("/")[0] for path in moved} == set(names)
        assert not any("moving" in path or "gamma" in path for path in moved)


@pytest.fixture
def with_decoder(model):
    """A head with a normalization of its own, and one in a model inside it."""
    inner = keras.Input((4,))
    decoder = keras.Model(inner, layers.BatchNormalization(name="decoder_bn")(inner), name="decoder")
    image = keras.Input((8, 8, 3))
    x = layers.BatchNormalization(name="head_bn")(
        layers.GlobalAveragePooling2D()(model.get_layer("backbone")(image))
    )
    return keras.Model(image, layers.Dense(3, name="logits")(decoder(x)))


def test_the_normalizations_of_a_head_train_and_those_of_the_backbone_do_not(with_decoder, batch):
    model = with_decoder
    for unfreeze, expected in ((0, set()), ("all", set(ALL) - {"bn1", "bn2"})):
        names = freezing.set_trainable(model, unfreeze)
        assert set(names) == expected | {"head_bn", "decoder", "logits"}
        digest, before = freezing.frozen_digest(model), values(model)
        train(model, batch)
        freezing.assert_unchanged(model, digest)
        moved = changed(before, model)
        assert moved == names_of(model, freezing.changing_weights(model))
        statistics = {
            f"{name}/moving_{kind}"
            for name in ("head_bn", "decoder/decoder_bn")
            for kind in ("mean", "variance")
        }
        assert {path for path in moved if "moving" in path} == statistics
        assert not set(digest) & moved and set(digest) | moved == set(before)


def test_changed_statistics_of_the_backbone_are_named_beside_a_head_with_its_own(with_decoder):
    freezing.set_trainable(with_decoder, "all")
    digest = freezing.frozen_digest(with_decoder)
    mean = with_decoder.get_layer("backbone").get_layer("bn2").moving_mean
    mean.assign(mean + 1e-3)
    with pytest.raises(KerasftError, match="changed weights that were frozen: backbone/bn2/moving_mean$"):
        freezing.assert_unchanged(with_decoder, digest)


def test_keras_alone_changes_the_statistics(model, batch):
    """What the flags protect from: `training=False` at the call is overruled by `fit` (keras-team/keras#20285)."""
    backbone = model.get_layer("backbone")
    image = keras.Input((8, 8, 3))
    x = layers.GlobalAveragePooling2D()(backbone(image, training=False))
    usual = keras.Model(image, layers.Dense(3)(x))
    backbone.trainable = True
    before = values(usual)
    train(usual, batch)
    assert any("moving_mean" in path for path in changed(before, usual))


def test_keras_alone_ignores_flags_that_change_without_compile(model, batch):
    """Trap 6, and why a phase compiles after `set_trainable`: the traced step goes on as before, silently."""
    freezing.set_trainable(model, 0)
    train(model, batch)
    freezing.set_trainable(model, "all")
    before = values(model)
    model.fit(*batch, batch_size=8, epochs=1, verbose=0)
    assert {path.split("/")[0] for path in changed(before, model)} == {"logits"}


def test_a_changed_frozen_weight_is_named(model):
    freezing.set_trainable(model, 1)
    digest = freezing.frozen_digest(model)
    freezing.assert_unchanged(model, digest)
    kernel = model.get_layer("backbone").get_layer("conv2").kernel
    kernel.assign(kernel + 1e-3)
    with pytest.raises(KerasftError, match="changed weights that were frozen: backbone/conv2/kernel$"):
        freezing.assert_unchanged(model, digest)


def test_a_digest_covers_all_but_what_trains_and_random_state(model):
    freezing.set_trainable(model, 1)
    digest = freezing.frozen_digest(model)
    assert set(digest) == set(named_weights(model)) - names_of(model, model.trainable_weights)
    assert not any("seed" in path for path in digest)


def test_bad_unfreeze_is_refused_before_any_flag_changes(model):
    freezing.set_trainable(model, 1)
    with pytest.raises(InputError, match="--unfreeze is out of range"):
        freezing.set_trainable(model, 9)
    assert model.get_layer("backbone").get_layer("conv3").trainable


def test_depths_count_the_blocks_from_the_top(model):
    depths = freezing.depths(model)
    backbone = model.get_layer("backbone")
    found = {w.path.split("/")[0]: depths[id(w)] for w in backbone.weights}
    assert found["conv3"] == 1
    assert found["conv1"] == max(found.values()) == found["bn1"]
    assert found["conv1"] > found["conv2"] > found["conv3"]
    assert not {id(w) for w in model.get_layer("logits").weights} & set(depths)
