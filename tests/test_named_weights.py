"""Names of weights that are the same in every process, and weights that are given back by them."""

import keras
import numpy as np
import pytest
from keras import layers

from kerasft.base.tensors import OtherTensorsError
from kerasft.networks.named_weights import named_weights
from kerasft.runs.model import load_weights, save_weights


class Block(layers.Layer):
    """Layers in a layer, with automatic names, one of them twice; and a weight that nobody has named."""

    def __init__(self):
        super().__init__()
        self.one, self.other, self.again = layers.Dense(3), layers.Dense(3), layers.Dense(3, name="same")
        self.last = layers.Dense(3, name="same")

    def build(self, shape):
        for each in (self.one, self.other, self.again, self.last):
            each.build(shape)
        self.scale = self.add_weight(shape=(3,))

    def call(self, x):
        return self.last(self.again(self.other(self.one(x)))) * self.scale


def build():
    x = keras.Input((3,))
    inner = keras.Model(x, layers.Dense(3)(layers.Normalization()(x)), name="backbone")
    y = keras.Input((3,))
    shared = layers.Dense(3)
    return keras.Model(y, layers.Dense(2, name="logits")(shared(Block()(shared(inner(y))))))


NAMES = [
    "backbone/normalization/mean", "backbone/normalization/variance", "backbone/normalization/count",
    "backbone/dense/kernel", "backbone/dense/bias", "dense/kernel", "dense/bias", "block/variable",
    "block/dense/kernel", "block/dense/bias", "block/dense_1/kernel", "block/dense_1/bias", "block/same/kernel",
    "block/same/bias", "block/same/kernel (2)", "block/same/bias (2)", "logits/kernel", "logits/bias",
]  # fmt: skip


def test_names_do_not_depend_on_what_was_built_before():
    for _ in range(3):
        model = build()
        assert list(named_weights(model)) == NAMES
        assert {id(each) for each in named_weights(model).values()} == {id(each) for each in model.weights}


def test_weights_are_given_back_with_what_follows_from_them(tmp_path):
    one, other, x = build(), build(), np.random.default_rng(0).normal(size=(4, 3)).astype("f4")
    one.get_layer("backbone").layers[1].adapt(x * 3 + 1)
    save_weights(one, tmp_path / "a")
    assert not np.allclose(one(x), other(x))
    load_weights(other, tmp_path / "a")
    np.testing.assert_array_equal(one(x), other(x))


def test_a_layer_that_has_another_name_is_another_model(tmp_path):
    x = keras.Input((3,))
    one, other = (keras.Model(x, layers.Dense(2, name=name)(x)) for name in ("titles", "scores"))
    save_weights(one, tmp_path / "a")
    before = other.get_weights()
    with pytest.raises(OtherTensorsError, match="scores/bias: missing, not F32"):
        load_weights(other, tmp_path / "a")
    assert all(map(np.array_equal, other.get_weights(), before))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
def test_weights_keep_their_type(dtype, tmp_path):
    def build():
        x = keras.Input((3,), dtype=dtype)
        return keras.Model(x, layers.Dense(2, dtype=dtype)(x))

    one, other = build(), build()
    save_weights(one, tmp_path / "a")
    load_weights(other, tmp_path / "a")
    for mine, theirs in zip(one.weights, other.weights, strict=True):
        assert mine.dtype == theirs.dtype == dtype
        np.testing.assert_array_equal(np.asarray(mine), np.asarray(theirs))
